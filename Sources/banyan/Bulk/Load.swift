import ArgumentParser
import BanyanBulk
import BanyanNode
import BanyanRegistry

/// `banyan load`: records from files into a data directory.
struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Loads records from files.", "从文件批量导入标识。"),
        discussion: """
              banyan load --data /var/lib/banyan products.ndjson
              banyan load --data /var/lib/banyan --map columns.toml --rejects rejects.csv products.csv.gz
              generate | banyan load --data /var/lib/banyan --format ndjson -
              banyan load --data /var/lib/banyan storage.json
              banyan load products.ndjson --server 127.0.0.1:2641 \\
                --admin 300:0.NA/88.118.8 --key admin.pem --rejects rejects.ndjson

            \(Output.text(
                "json: what the Handle tools write of a server's storage, and what SNMS exports.",
                "json：Handle 工具导出的服务器存储，或 SNMS 的导出。"))
            \(Output.text(
                "A load that broke off goes on where it ended when the same command is given again.",
                "导入中断后，重新执行同一命令即从中断处继续。"))
            """)

    @Option(
        name: .customLong("data"),
        help: Output.help("The node's data directory; or --server.", "节点的数据目录；或给出 --server。"))
    var data: String?
    @OptionGroup(title: "Over the network") var network: NetworkOptions
    @Argument(help: Output.help("Files, plain or gzip; - is standard input.", "文件，可为 gzip；- 表示标准输入。"))
    var files: [String]
    @Option(help: Output.help("auto, ndjson, csv, batch, wire or json.", "格式：auto、ndjson、csv、batch、wire 或 json。"))
    var format = "auto"
    @Option(
        help: Output.help(
            "For a handle that is there with other values: fail (reject the row), skip or replace.",
            "标识已存在且内容不同时：fail（拒绝该行）、skip（跳过）或 replace（替换）。"))
    var onConflict = "fail"
    @Flag(help: Output.help("Report every error and write nothing.", "只检查并报告全部错误，不写入。"))
    var dryRun = false
    @Flag(help: Output.help("Stop at the first bad row; end with 1.", "遇到第一个错误行即停止，退出码为 1。"))
    var strict = false
    @Option(
        help: Output.help(
            "Where bad rows go, with their reason, to be mended and loaded again.", "错误行及原因写入此文件，修改后可再次导入。"))
    var rejects: String?
    @Option(name: .customLong("map"), help: Output.help("What CSV columns become (TOML).", "CSV 列的映射文件（TOML）。"))
    var mapping: String?
    @Flag(help: Output.help("A JSON object as result.", "以 JSON 输出结果。"))
    var json = false

    func validate() throws {
        guard (data == nil) != (network.server == nil) else {
            throw ValidationError("give --data DIR or --server ADDR:PORT")
        }
        if network.server != nil, dryRun {
            throw ValidationError("--dry-run needs --data: nothing is asked of a server")
        }
    }

    func run() throws {
        let options = try loadOptions()
        let display = LoadDisplay()
        let started = ContinuousClock.now
        let (target, registrar) = try target()
        let loader = Loader(target, options: options, observer: display)
        var failure: LoadError?
        do throws(LoadError) {
            try loader.load(files)
        } catch {
            failure = error
        }
        registrar?.close()
        let summary = LoadSummary(loader.report, isDryRun: dryRun, duration: ContinuousClock.now - started)
        Output.endProgress()
        if json { Output.json(summary.json) }
        Output.say(summary.text)
        if let failure { throw Failure(failure.exitCode, "\(failure)") }
        if loader.report.isStopped { throw Failure(.negative) }
        if loader.report.rejectedCount > 0 { throw Failure(.partly) }
    }

    private func target() throws -> (Loader.Target, NetworkRegistrar?) {
        guard let data else {
            let registrar = try network.registrar()
            return (.store(registrar), registrar)
        }
        let node = NodeDirectory(data)
        return (dryRun ? .rehearsal(try node.openIndex()) : .store(try ChangeSinks.open(directory: node)), nil)
    }

    private func loadOptions() throws -> LoadOptions {
        var options = LoadOptions()
        if format != "auto" { options.format = try BulkFormat(argument: format) }
        switch onConflict {
        case "fail": options.conflictRule = .fail
        case "skip": options.conflictRule = .skip
        case "replace": options.conflictRule = .replace
        default: throw Failure(.usage, "--on-conflict: accepted: fail, skip or replace")
        }
        options.isStrict = strict
        if let rejects {
            guard !files.contains(rejects) else {
                throw Failure(.usage, "--rejects: the file is loaded itself; give another name")
            }
            options.rejectsPath = rejects
        }
        if let mapping {
            let bytes = try SystemFile.read(mapping, byteCountMax: 1 << 20)
            do throws(BulkError) {
                options.mapping = try ColumnMapping(parsing: bytes, path: mapping)
            } catch {
                throw Failure(.usage, "\(error)")
            }
        }
        return options
    }
}

extension BulkFormat {
    init(argument: String, accepted: [BulkFormat] = BulkFormat.allCases) throws(Failure) {
        guard let format = BulkFormat(rawValue: argument), accepted.contains(format) else {
            throw Failure(.usage, "--format: accepted: \(accepted.map(\.rawValue).joined(separator: ", "))")
        }
        self = format
    }
}

extension LoadError {
    /// What it means for a script.
    var exitCode: ExitCode {
        switch self {
        case .input, .index: isFailingStorage ? .storage : .usage
        case .submission(let error): ExitCode(error)
        }
    }
}
