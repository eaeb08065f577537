import ArgumentParser
import BanyanNode
import BanyanTopNode
import BanyanTransport
import HandleProtocol
import OpenSSL
import TLSChannel
import UnixSignals

/// `banyan upstream-sim`: a top-level node to rehearse with.
struct UpstreamSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstream-sim",
        abstract: Output.text("A top-level node to rehearse with.", "用于演练的国家顶级节点。"),
        discussion: """
              banyan upstream-sim --data top --prefix 88.118.8 --clients /var/lib/banyan/keys/tls-certificate.pem

            It speaks EPP over TLS as the published drafts have it, and writes its certificate and password into its
            folder, and banyan.toml with the settings that lead a node to it. Lines on standard input decide by hand:

              approve 88.118.8.1        refuse 88.118.8.1 incomplete
              suspend 88.118.8.1 why    resume 88.118.8.1    revoke 88.118.8.1 why    list
            """)

    enum Decider: String, ExpressibleByArgument { case approve, refuse, hand }

    @Option(help: Output.help("Its folder; made when it is not there.", "其目录；不存在则创建。")) var data: String
    @Option(help: Output.help("The prefix of the node that is let in.", "所接入节点的前缀。")) var prefix: String
    @Option(help: Output.help("The certificate that the node shows, as PEM text.", "节点出示的证书，PEM 文本。"))
    var clients: String
    @Option(
        help: Output.help("Where it listens, ADDR:PORT; port 0: the kernel chooses.", "监听地址 ADDR:PORT；端口 0 由内核选择。"))
    var listen = "127.0.0.1:7000"
    @Option(
        help: Output.help("approve, refuse or hand: who decides on applications.", "approve、refuse 或 hand：由谁审核申请。"))
    var decide = Decider.hand
    @Option(help: Output.help("What it does wrong: \(Self.faults).", "故障：\(Self.faults)。")) var fault = "none"
    @Option(help: Output.help("The fault shows in each n-th answer.", "每第 n 个应答出现故障。")) var every = 1
    @Option(help: Output.help("Written as JSON when it listens.", "开始监听后写入的 JSON 文件。")) var readyFile: String?

    private static let faults = TopNodeFault.allCases.map(\.rawValue).joined(separator: ", ")

    func run() async throws {
        guard let fault = TopNodeFault(rawValue: fault) else {
            throw Failure(.usage, "--fault; accepted: \(Self.faults)")
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        SystemProcess.setFileMask()
        let server = try await start(fault)
        let desk = TopNodeDesk(server: server)
        // The end of the lines is not the end of the server.
        try SystemProcess.startThread {
            while let line = readLine() { for answer in desk.answer(line) { Output.data(answer) } }
        }
        for await _ in signals { break }
        await server.stop()
    }

    private func start(_ fault: TopNodeFault) async throws -> TopNodeServer {
        let endpoint = try Arguments.endpoint(listen, argument: "--listen")
        let folder = TopNodeFolder(path: data)
        var configuration: TopNodeConfiguration
        do {
            configuration = try folder.configuration(
                nodePrefix: try Arguments.prefix(prefix).description, clients: clients)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.usage, "\(data): \(error)")
        }
        configuration.host = "\(endpoint.address)"
        configuration.port = Int(endpoint.port)
        configuration.reviewer =
            switch decide {
            case .approve: .approving
            case .refuse: .refusing(reason: "refused by rule")
            case .hand: .byHand
            }
        let server: TopNodeServer
        var address = endpoint
        do {
            server = try TopNodeServer(configuration)
            server.setFault(fault, every: every)
            address.port = UInt16(clamping: try await server.start())
            try folder.writeSettings(address: "\(address)", configuration)
        } catch {
            throw Failure(.usage, "\(listen): \(error)")
        }
        if let readyFile {
            let ready = JSONText.object([
                ("pid", .count(SystemProcess.identifier)), ("epp", .array([.string("\(address)")])),
            ])
            try SystemFile.write(Array((ready.text + "\n").utf8), to: readyFile, mode: 0o644)
        }
        // Whoever started it reads this line when it listens.
        Output.data("\(address)")
        Output.say(Output.text("A top-level node to rehearse with listens on ", "演练用顶级节点监听于 ") + "\(address)")
        Output.say(Output.text("  settings for the node: ", "  节点应加入的设置：") + folder.settingsPath)
        return server
    }
}
