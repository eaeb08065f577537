import ArgumentParser
import BanyanNode
import BanyanTransport
import HandleClient
import HandleProtocol

struct MirrorVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: Output.text("A node that follows a primary.", "跟随主节点的镜像。"),
        discussion: """
              banyan mirror init --data /var/lib/mirror --of 203.0.113.7:2641 --as 301:0.NA/88.118.8 --key mirror.pem
              banyan serve --data /var/lib/mirror

            The primary is a Banyan node, or a reference Handle server with its replication administrators.
            """,
        subcommands: [Initialize.self])

    struct Initialize: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: Output.text("Makes a mirror of a primary.", "为主节点建立镜像。"))

        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("The primary, ADDR:PORT over TCP.", "主节点的 TCP 地址 ADDR:PORT。")) var of: String
        @Option(
            name: .customLong("as"),
            help: Output.help("Who the mirror is to the primary, INDEX:HANDLE.", "镜像在主节点处的身份 INDEX:HANDLE。"))
        var identity: String
        @Option(help: Output.help("Its private key, or its secret key as a line of text.", "其私钥，或一行文本的共享密钥。"))
        var key: String
        @Option(help: Output.help("A file with the key's passphrase.", "含密钥口令的文件。")) var passphraseFile: String?
        @Option(help: Output.help("Where the mirror will listen, ADDR:PORT; may be repeated.", "监听地址 ADDR:PORT，可重复。"))
        var listen: [String] = []
        @Option(help: Output.help("What clients reach, ADDR[:PORT]; may be repeated.", "客户端可达的地址 ADDR[:PORT]，可重复。"))
        var advertise: [String] = []
        @Flag(help: Output.help("Take a stream that is signed but not encrypted.", "接受仅签名而未加密的数据流。"))
        var clear = false

        func run() async throws {
            let authentication = ClientAuthentication(
                try Arguments.administrator(identity),
                key: try AdministratorKey.read(key, passphraseFile: passphraseFile))
            var setup = MirrorSetup(
                directory: directory.node,
                primary: try Arguments.endpoint(of, argument: "--of", defaultPort: 2_641),
                authentication: authentication)
            setup.listen = try listen.map { try Arguments.endpoint($0, argument: "--listen") }
            setup.advertised = try advertise.map {
                try Arguments.endpoint($0, argument: "--advertise", defaultPort: setup.listen.first?.port ?? 2_641)
            }
            setup.allowsClear = clear
            let report: MirrorSetup.Report
            do {
                report = try await setup.run()
            } catch let error as ClientError {
                throw Failure(error.isUnreachable ? .unreachable : .negative, "\(error)")
            } catch let refusal as ReplicationRefusal {
                throw Failure(.negative, "\(refusal)")
            }
            for warning in report.warnings { Output.warn(warning) }
            Output.say(Output.text("A mirror is in ", "镜像已建立于 ") + directory.node.path)
            for path in report.keyPaths { Output.say(Output.text("  private key: ", "  私钥：") + path) }
            let digest = String(decoding: Hex.encode(report.primaryKeyDigest), as: UTF8.self)
            Output.say(Output.text("  SHA-256 of the primary's key: ", "  主节点公钥的 SHA-256：") + digest)
            Output.say(Output.text("Next:", "下一步："))
            Output.say("  banyan serve --data \(directory.node.path)")
        }
    }
}
