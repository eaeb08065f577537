import ArgumentParser
import BanyanBench
import HandleClient
import HandleProtocol

/// `banyan bench register`: how fast handles are registered, by a server of one's own or beside bare LMDB.
struct BenchRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: Output.text("Registers handles as fast as a server takes them.", "以服务器所能承受的速度注册标识。"),
        discussion: Output.text(
            """
            Without --server it makes a node of its own and puts each figure beside bare LMDB, written in C, which \
            commits records of the same size. With --server it registers new handles there, which stay: name a \
            prefix that is made for it.

              banyan bench register --handles 100000 --rounds 3
              banyan bench register --server 127.0.0.1:2641 --prefix 88.118.8 \\
                --admin 300:0.NA/88.118.8 --key admin.pem --window 256 --seconds 5
            """,
            """
            未给 --server 时，自建一个节点，并逐项与用 C 编写的裸 LMDB（提交同样大小的记录）对照；\
            给出 --server 时，在该服务器上注册新标识（不会删除），请使用专用前缀。

              banyan bench register --handles 100000 --rounds 3
              banyan bench register --server 127.0.0.1:2641 --prefix 88.118.8 \\
                --admin 300:0.NA/88.118.8 --key admin.pem --window 256 --seconds 5
            """))

    @Option(help: ArgumentHelp(Output.text("The server to register at.", "要注册到的服务器。"), valueName: "addr:port"))
    var server: String?
    @Option(
        help: ArgumentHelp(
            Output.text("A server that is not this machine, named once more: yours to load.", "非本机服务器须在此再写一遍，表示有权施压。"),
            valueName: "addr:port"))
    var allowTarget: String?
    @Option(help: ArgumentHelp(Output.text("The prefix to register under.", "注册所用的前缀。"))) var prefix: String?
    @Option(help: ArgumentHelp(Output.text("Who registers.", "注册者。"), valueName: "index:handle"))
    var admin: String?
    @Option(help: ArgumentHelp(Output.text("His key.", "其密钥。"), valueName: "file")) var key: String?
    @Option(help: ArgumentHelp(Output.text("Requests under way on a connection.", "每个连接的在途请求数。"), valueName: "n"))
    var window = 256
    @Option(help: ArgumentHelp(Output.text("Connections.", "连接数。"), valueName: "n")) var connections = 1
    @Flag(help: ArgumentHelp(Output.text("Log in instead of setting up a session.", "以登录代替会话。"))) var login = false
    @Flag(help: ArgumentHelp(Output.text("Encrypt the session.", "加密会话。"))) var encrypt = false
    @Option(help: ArgumentHelp(Output.text("Measured seconds of a round.", "每轮的测量秒数。"), valueName: "n"))
    var seconds = 2.0
    @OptionGroup var options: SuiteOptions

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds: at most 60") }
        guard (1...256).contains(window) else { throw ValidationError("--window: 1 to 256") }
        guard (1...1_000).contains(connections) else { throw ValidationError("--connections: 1 to 1,000") }
        let named = [server, prefix, admin, key].filter { $0 != nil }.count
        guard named == 0 || named == 4 else {
            throw ValidationError("--server, --prefix, --admin and --key belong together")
        }
    }

    func run() async throws {
        do {
            guard let server, let prefix, let admin, let key else {
                var suite = try options.suite()
                suite.seconds = seconds
                return options.show(try await suite.runRegister())
            }
            try await register(at: server, prefix: prefix, admin: admin, key: key)
        } catch let error as BenchError {
            throw error.failure
        }
    }

    private func register(at server: String, prefix: String, admin: String, key: String) async throws {
        guard let address = ServerAddress(server) else {
            throw Failure(.usage, "--server \(server): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        let target = try LoadTarget(address, allowed: allowTarget.flatMap { ServerAddress($0) })
        let authentication = ClientAuthentication(
            try Arguments.administrator(admin), key: try AdministratorKey.read(key, passphraseFile: nil))
        var load = RegistrationLoad(
            target: target, authentication: authentication, prefix: "\(try Arguments.prefix(prefix))")
        load.connectionCount = connections
        load.seconds = seconds
        load.options.window = window
        load.options.encrypts = encrypt
        if login { load.options.kind = .login }
        let result = try await load.run()
        Output.data(options.json ? result.json() : result.text())
        guard result.registered > 0 else { throw Failure(.negative, "no handle was registered") }
    }
}
