import ArgumentParser
import BanyanIndex
import BanyanNode
import BanyanTransport
import HandleClient
import HandleProtocol

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Makes a node.", "建立一个节点。"),
        discussion: """
              banyan init --data /var/lib/banyan --prefix 88.118.8 --advertise 203.0.113.7

            Makes the data directory, the server's key, the site record, the prefixes' records with their
            administrators and the key of the first, and a commented banyan.toml. Never overwrites a node.
            """)

    @OptionGroup var directory: DataDirectory
    @Option(
        name: .customLong("prefix"),
        help: Output.help("A prefix that the node answers for; may be repeated.", "节点负责的前缀，可重复。"))
    var prefixes: [String]
    @Option(help: Output.help("Site record of an existing node: binary, hex or JSON.", "已有节点的站点记录：二进制、十六进制或 JSON。"))
    var site: String?
    @Option(help: Output.help("Its private key: PEM, Handle binary or hex.", "其私钥：PEM、Handle 二进制或十六进制。"))
    var serverKey: String?
    @Option(
        name: .customLong("admin"),
        help: Output.help("An administrator, INDEX:HANDLE; may be repeated.", "管理员 INDEX:HANDLE，可重复。"))
    var administrators: [String] = []
    @Option(help: Output.help("Where the node will listen, ADDR:PORT; may be repeated.", "监听地址 ADDR:PORT，可重复。"))
    var listen: [String] = []
    @Option(help: Output.help("What clients reach, ADDR[:PORT]; may be repeated.", "客户端可达的地址 ADDR[:PORT]，可重复。"))
    var advertise: [String] = []
    @Option(help: Output.help("Digest of the journal's chain: sha256 or sm3.", "日志链的摘要算法：sha256 或 sm3。"))
    var digest = "sha256"

    func run() throws {
        var setup = NodeSetup(directory: directory.node, prefixes: try prefixes.map(Arguments.prefix))
        guard !setup.prefixes.isEmpty else { throw Failure(.usage, "no prefix: give --prefix P") }
        guard site == nil || advertise.isEmpty else {
            throw Failure(
                .usage, "--site has addresses of its own: leave out --advertise; banyan site set changes them later")
        }
        setup.siteFile = site
        setup.serverKeyFile = serverKey
        setup.administrators = try administrators.map(Arguments.administrator)
        setup.listen = try listen.map { try Arguments.endpoint($0, argument: "--listen") }
        setup.advertised = try advertise.map {
            try Arguments.endpoint($0, argument: "--advertise", defaultPort: setup.listen.first?.port ?? 2_641)
        }
        guard let algorithm = ["sha256": ChainAlgorithm.sha256, "sm3": .sm3][digest] else {
            throw Failure(.usage, "--digest: unknown digest; accepted: sha256, sm3")
        }
        setup.chainAlgorithm = algorithm
        tell(of: try setup.run())
    }

    private func tell(of report: NodeSetup.Report) {
        for warning in report.warnings { Output.warn(warning) }
        Output.say(Output.text("A node is in ", "节点已建立于 ") + directory.path)
        for path in report.keyPaths { Output.say(Output.text("  private key: ", "  私钥：") + path) }
        if let path = report.certificatePath {
            let digest = PublicKeyPin.text(report.certificateKeyDigest)
            Output.say(Output.text("  certificate for TLS: ", "  TLS 证书：") + path)
            Output.say(Output.text("    clients know it by --tls-pin ", "    客户端可用 --tls-pin ") + digest)
        }
        for administrator in report.administrators {
            Output.say(Output.text("  administrator: ", "  管理员：") + "\(administrator)")
        }
        Output.say(Output.text("Next:", "下一步："))
        Output.say("  banyan serve --data \(directory.path)")
        Output.say("  banyan load --data \(directory.path) FILE")
        Output.say("  banyan site export --data \(directory.path) --format json")
    }
}
