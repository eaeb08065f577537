import ArgumentParser
import BanyanNode
import Foundation
import HandleClient
import HandleProtocol

/// Registering at a server over the network: which, who, and how much at once.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            Output.text("The server to register at, over TCP.", "要注册到的服务器（TCP）。"), valueName: "addr:port"))
    var server: String?
    @Option(
        help: ArgumentHelp(
            Output.text(
                "Who registers; a batch file may say it itself, by AUTHENTICATE.", "注册者；批处理文件可用 AUTHENTICATE 自行指定。"),
            valueName: "index:handle"))
    var admin: String?
    @Option(help: ArgumentHelp(Output.text("His key, in any form.", "其密钥（任何格式）。"), valueName: "file"))
    var key: String?
    @Option(
        help: ArgumentHelp(
            Output.text("A file with the key's passphrase in its first line.", "首行为密钥口令的文件。"), valueName: "file"))
    var passphraseFile: String?
    @Option(help: ArgumentHelp(Output.text("Connections.", "连接数。"), valueName: "n")) var connections = 1
    @Option(
        help: ArgumentHelp(
            Output.text(
                "Requests under way on each connection; 1 for servers that close after each answer.",
                "每个连接的在途请求数；对每答即关的服务器取 1。"), valueName: "n"))
    var window = 256
    @Flag(
        help: ArgumentHelp(
            Output.text("Log in (operation 2001) instead of setting up a session.", "以登录（操作码 2001）代替会话。")))
    var login = false
    @Flag(help: ArgumentHelp(Output.text("Encrypt the session.", "加密会话。"))) var encrypt = false
    @Option(
        help: ArgumentHelp(
            Output.text("How long a server may be away, in seconds.", "服务器可离线的秒数。"), valueName: "n"))
    var patience = 120
    @Option(
        help: ArgumentHelp(
            Output.text(
                "Where the places of broken-off loads are kept; ~/.local/state/banyan without it.",
                "保存中断位置的目录；默认 ~/.local/state/banyan。"), valueName: "dir"))
    var state: String?
    @OptionGroup(title: "TLS") var security: TLSOptions

    func validate() throws {
        if server == nil, admin != nil || key != nil { throw ValidationError("--admin and --key need --server") }
        if (admin == nil) != (key == nil) { throw ValidationError("--admin and --key belong together") }
        guard (1...256).contains(window) else { throw ValidationError("--window: 1 to 256") }
        guard (1...64).contains(connections) else { throw ValidationError("--connections: 1 to 64") }
        guard (0...86_400).contains(patience) else { throw ValidationError("--patience: 0 to 86,400") }
    }

    func registrar() throws -> NetworkRegistrar {
        guard let address = server.flatMap({ ServerAddress($0) }) else {
            throw Failure(.usage, "--server \(server ?? ""): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        var options = NetworkRegistrar.Options(server: address)
        options.connectionCount = connections
        options.patience = .seconds(patience)
        options.stateFolder = stateFolder()
        options.session.window = window
        options.session.encrypts = encrypt
        if login { options.session.kind = .login }
        options.session.client.security = try security.security
        var authentication: ClientAuthentication?
        if let admin, let key {
            authentication = ClientAuthentication(
                try Arguments.administrator(admin), key: try AdministratorKey.read(key, passphraseFile: passphraseFile))
        }
        return NetworkRegistrar(options, authentication: authentication)
    }

    /// Nil where it cannot be made: then a load that broke off finds what is there already.
    private func stateFolder() -> String? {
        let environment = ProcessInfo.processInfo.environment
        let usual = environment["XDG_STATE_HOME"] ?? environment["HOME"].map { $0 + "/.local/state" }
        guard let folder = state ?? usual.map({ $0 + "/banyan" }) else { return nil }
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: attributes)
        return FileManager.default.isWritableFile(atPath: folder) ? folder : nil
    }
}
