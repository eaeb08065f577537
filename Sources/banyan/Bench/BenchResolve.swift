import ArgumentParser
import BanyanBench
import HandleClient

/// `banyan bench resolve`: a load generator against any Handle server.
struct BenchResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: Output.text("Asks a server as fast, or as often, as told.", "按指定的速度或频率询问服务器。"),
        discussion: Output.text(
            """
            Without --rate, --window requests are always under way (closed loop): shows throughput. With --rate, \
            requests are sent when they are due, whether answers come or not (open loop), and latency counts from \
            then: shows what users feel.

              banyan bench resolve --server 127.0.0.1:2641 --data DIR --seconds 5
              banyan bench resolve --server 127.0.0.1:2641 --keys handles.txt --rate 20000 --zipf 0.99 --json
            """,
            """
            未给 --rate 时，始终有 --window 个请求在途（闭环），得到吞吐量；给出 --rate 时，请求按时发出，\
            不等应答（开环），时延从应发时刻算起，得到用户的真实感受。

              banyan bench resolve --server 127.0.0.1:2641 --data DIR --seconds 5
              banyan bench resolve --server 127.0.0.1:2641 --keys handles.txt --rate 20000 --zipf 0.99 --json
            """))

    @Option(help: ArgumentHelp(Output.text("The server to ask.", "要询问的服务器。"), valueName: "addr:port"))
    var server: String

    @Option(
        help: ArgumentHelp(
            Output.text("A server that is not this machine, named once more: yours to load.", "非本机服务器须在此再写一遍，表示有权施压。"),
            valueName: "addr:port"))
    var allowTarget: String?

    @Flag(help: ArgumentHelp(Output.text("UDP (default).", "UDP（默认）。")))
    var udp = false

    @Flag(help: ArgumentHelp(Output.text("TCP.", "TCP。")))
    var tcp = false

    @Option(help: ArgumentHelp(Output.text("File of handles, one a line.", "标识文件，每行一个。"), valueName: "file"))
    var keys: String?

    @Option(
        help: ArgumentHelp(Output.text("Data directory whose handles are asked for.", "取其中标识的数据目录。"), valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp(Output.text("Requests under way.", "在途请求数。"), valueName: "n"))
    var window: Int?

    @Option(help: ArgumentHelp(Output.text("Requests a second.", "每秒请求数。"), valueName: "n"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            Output.text("Popularity by Zipf's law with this exponent.", "按该指数的齐普夫分布选择标识。"), valueName: "s"))
    var zipf: Double?

    @Option(help: ArgumentHelp(Output.text("Measured seconds.", "测量秒数。"), valueName: "n"))
    var seconds = 5.0

    @Option(help: ArgumentHelp(Output.text("Seconds before measuring.", "预热秒数。"), valueName: "n"))
    var warmUp = 0.5

    @Option(help: ArgumentHelp(Output.text("Measured requests at most.", "最多测量的请求数。"), valueName: "n"))
    var requests: Int?

    @Option(help: ArgumentHelp(Output.text("Sockets or connections.", "套接字或连接数。"), valueName: "n"))
    var connections = 1

    @Option(
        help: ArgumentHelp(
            Output.text(
                "TCP: requests on a connection before a new one; 1 for servers that close after each answer.",
                "TCP：每个连接的请求数；对每答即关的服务器取 1。"), valueName: "n"))
    var perConnection: Int?

    @Option(help: ArgumentHelp(Output.text("Seconds after which a request is lost.", "超过该秒数视为丢失。"), valueName: "n"))
    var timeout = 0.5

    @Option(help: ArgumentHelp(Output.text("Seed of the choice of keys.", "选择标识的随机种子。"), valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: ArgumentHelp("JSON."))
    var json = false

    func validate() throws {
        if udp && tcp { throw ValidationError("--udp and --tcp exclude each other") }
        if window != nil, rate != nil { throw ValidationError("--window and --rate exclude each other") }
        if (keys == nil) == (data == nil) { throw ValidationError("name the handles by --keys FILE or --data DIR") }
    }

    private var workload: Workload {
        var workload = Workload()
        workload.transport = tcp ? .tcp : .udp
        workload.pace = rate.map { .rate($0) } ?? .window(window ?? 256)
        workload.popularity = zipf.map { .zipf($0) } ?? .uniform
        workload.connectionCount = connections
        workload.requestsPerConnection = perConnection
        workload.seconds = seconds
        workload.warmUpSeconds = warmUp
        workload.requestCount = requests ?? .max
        workload.timeout = timeout
        workload.seed = seed
        return workload
    }

    func run() async throws {
        guard let address = ServerAddress(server) else {
            throw Failure(.usage, "--server \(server): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        do {
            let target = try LoadTarget(address, allowed: allowTarget.flatMap { ServerAddress($0) })
            try workload.check()
            let set = try keys.map { try KeySet(file: $0) } ?? KeySet(index: data ?? "")
            let report = LoadReport(try await LoadGenerator.run(workload, keys: set, target: target))
            Output.data(json ? report.json() : report.text())
            guard report.found > 0 else { throw Failure(.negative, "no handle was found") }
        } catch let error as BenchError {
            throw error.failure
        }
    }
}
