import ArgumentParser
import BanyanNode

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Runs a node in the foreground.", "在前台运行节点。"),
        discussion: """
              banyan serve --data /var/lib/banyan
              banyan serve --data /var/lib/banyan --listen 127.0.0.1:0 --ready-file r.json
              banyan serve --data /var/lib/banyan --set limits.idle=60

            SIGTERM and SIGINT end it: what is in work is finished, within five seconds. SIGHUP reads settings and
            certificates again; when one is not good, all stay as they are.
            """)

    @OptionGroup var directory: DataDirectory
    @Option(
        help: Output.help(
            "ADDR:PORT for UDP and TCP; may be repeated; port 0: the kernel chooses.",
            "UDP 与 TCP 的地址 ADDR:PORT，可重复；端口 0 由内核选择。"))
    var listen: [String] = []
    @Option(
        help: Output.help(
            "ADDR:PORT for the Handle protocol inside TLS; may be repeated.",
            "TLS 内 Handle 协议的地址 ADDR:PORT，可重复。"))
    var tls: [String] = []
    @Option(
        help: Output.help(
            "ADDR:PORT for HTTP in clear, of this machine; may be repeated.", "本机明文 HTTP 的地址 ADDR:PORT，可重复。"))
    var http: [String] = []
    @Option(
        help: Output.help(
            "ADDR:PORT for HTTPS; may be repeated.", "HTTPS 的地址 ADDR:PORT，可重复。"))
    var https: [String] = []
    @Option(help: Output.help("Threads that answer datagrams; 0 is one a core.", "应答数据报的线程数；0 表示每核一个。"))
    var workers: Int?
    @Option(help: Output.help("Written as JSON when every listener answers.", "所有监听就绪后写入的 JSON 文件。"))
    var readyFile: String?
    @Option(
        name: .customLong("set"), help: Output.help("A setting, KEY=VALUE; may be repeated.", "一项设置 KEY=VALUE，可重复。"))
    var settings: [String] = []

    @Flag(
        help: Output.help(
            "Starts though the index was found damaged; what cannot be read is answered with an error.",
            "即使索引已损坏也启动；无法读取的内容以错误应答。"))
    var despiteDamage = false

    func run() async throws {
        SystemProcess.setFileMask()
        SystemProcess.forbidCoreFiles()
        JSONLogHandler.bootstrap(level: try configuration().logLevel)
        try lookThrough()
        try await Node(directory: directory.node, readyFile: readyFile) { try self.configuration() }.run()
    }

    /// What the file says, and over it what the command line does.
    private func configuration() throws -> Configuration {
        let workerSetting = workers.map { ["workers=\($0)"] } ?? []
        var configuration = try directory.node.configuration(settings: settings + workerSetting)
        if !listen.isEmpty { try configuration.setListen(listen) }
        if !tls.isEmpty { try configuration.setTLSListen(tls) }
        if !http.isEmpty { try configuration.setHTTPListen(http) }
        if !https.isEmpty { try configuration.setHTTPSListen(https) }
        return configuration
    }

    /// After a node that did not take leave, reads the index in a child: LMDB ends the process at a damaged page, and
    /// a node that starts into the same page again and again tells nobody why.
    private func lookThrough() throws {
        try directory.node.requireFree()
        guard directory.node.needsLook, !despiteDamage else { return }
        guard try Check.checkIndex(of: directory.path, options: ["--trees"]) == .exit(0) else {
            throw Failure(
                .storage,
                "the last node here ended without taking leave, and the index is damaged: see `banyan check --full`, "
                    + "restore a backup, or start all the same with --despite-damage")
        }
    }
}
