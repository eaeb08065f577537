import ArgumentParser
import BanyanNode

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Looks over settings, keys and files.", "检查设置、密钥与文件。"),
        discussion: """
              banyan check --data /var/lib/banyan --full

            --full reads every record and the whole journal and proves checksums, digests and the chain. Ends with 1
            when something is wrong, with 5 when the files are damaged.
            """)

    @OptionGroup var directory: DataDirectory
    @Flag(help: Output.help("Read and prove everything.", "读取并验证全部内容。")) var full = false
    @Flag(help: Output.help("One JSON object a finding.", "每项发现一个 JSON 对象。")) var json = false
    /// Only the index, in this process: what `check` runs as a child.
    @Flag(help: .hidden) var indexOnly = false
    /// With `indexOnly`: the pages, not what is on them. What `serve` runs as a child after an end by signal.
    @Flag(help: .hidden) var trees = false

    func run() throws {
        let check = NodeCheck(directory: directory.node)
        guard !indexOnly else {
            let findings = try trees ? check.trees() : check.index(isFull: full)
            show(findings)
            if !findings.problems.isEmpty { throw Failure(.storage) }
            return
        }
        var findings = try check.files()
        let end = try Self.checkIndex(of: directory.path, options: (full ? ["--full"] : []) + (json ? ["--json"] : []))
        var code = ExitCode.negative
        if end != .exit(0) { code = .storage }
        if case .signal(let number) = end {
            findings.problems.append("reading the index ended the reader with signal \(number): the file is damaged")
        }
        show(findings)
        guard findings.problems.isEmpty, end == .exit(0) else { throw Failure(code) }
        if !json { Output.data(Output.text("sound", "完好")) }
    }

    /// Reads the index in a child: a damaged page makes LMDB end the process.
    static func checkIndex(of path: String, options: [String]) throws -> SystemProcess.End {
        guard let program = SystemProcess.executablePath else { throw Failure(.storage, "cannot find this program") }
        return try SystemProcess.run(program, ["check", "--data", path, "--index-only"] + options)
    }

    private func show(_ findings: NodeCheck.Findings) {
        for problem in findings.problems { show("problem", problem) }
        for warning in findings.warnings { show("warning", warning) }
    }

    private func show(_ kind: String, _ text: String) {
        if json { Output.json(.object([(kind, .string(text))])) } else { Output.data("\(kind): \(text)") }
    }
}
