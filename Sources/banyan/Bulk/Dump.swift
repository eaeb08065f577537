import ArgumentParser
import BanyanBulk
import BanyanIndex
import BanyanNode
import HandleProtocol

/// `banyan dump`: the records of a data directory as text.
struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Writes records out.", "导出标识。"),
        discussion: """
              banyan dump --data /var/lib/banyan > all.ndjson
              banyan dump --data /var/lib/banyan --prefix 88.118.8 --format csv
              banyan dump --data /var/lib/banyan --at 2026-01-02T03:04:05Z --format wire

            \(Output.text(
                "ndjson and wire are complete; csv and batch leave out what they cannot hold, and end with 3.",
                "ndjson 与 wire 完整无损；csv 与 batch 略去无法表示的内容，并以退出码 3 结束。"))
            """)

    @OptionGroup var directory: DataDirectory
    @Option(help: Output.help("ndjson, csv, batch or wire.", "格式：ndjson、csv、batch 或 wire。"))
    var format = "ndjson"
    @Option(help: Output.help("This prefix alone.", "只导出此前缀。"))
    var prefix: String?
    @Option(
        name: .customLong("at"),
        help: Output.help("As it was then, as far back as the journal reaches.", "导出当时的内容，以日志所及为限。"))
    var time: String?

    func run() throws {
        var options = DumpOptions()
        options.format = try BulkFormat(argument: format, accepted: BulkFormat.dumped)
        if let prefix { options.prefix = try Arguments.prefix(prefix) }
        if let time {
            guard let point = Timestamp(time) else {
                throw Failure(.usage, "--at: no time; accepted: a time such as 2026-01-02T03:04:05Z")
            }
            // To the end of that second.
            options.time = UInt64(point.secondsSince1970) * 1_000 + 999
        }
        let report: DumpReport
        var dumper = Dumper(try directory.node.openIndex(), options: options)
        do throws(DumpError) {
            report = try dumper.dump(to: "-") { Output.progress("\($0.recordCount) records") }
        } catch {
            Output.endProgress()
            if case .closedPipe = error { SystemProcess.endByClosedPipe() }
            throw Failure(error.exitCode, error.text)
        }
        Output.endProgress()
        try show(report)
    }

    private func show(_ report: DumpReport) throws {
        if report.leftOutRecordCount > 0 || report.leftOutValueCount > 0 {
            Output.say(
                "left out: \(report.leftOutRecordCount) records, and \(report.leftOutValueCount) values of others, "
                    + "which \(format) cannot hold; use --format ndjson or wire")
        }
        if report.damagedCount > 0 {
            Output.say("\(report.damagedCount) damaged records are left out; run `banyan check --full`")
        }
        Output.say(
            "\(report.recordCount) records; journal head \(report.journalHeadAtStart) at start, "
                + "\(report.journalHeadAtEnd) at end")
        if report.damagedCount > 0 { throw Failure(.storage) }
        if !report.isComplete { throw Failure(.partly) }
    }
}

extension DumpError {
    /// What it means for a script.
    var exitCode: ExitCode {
        switch self {
        case .stream, .closedPipe: .storage
        case .index(.historyUnavailable): .negative
        case .index: .storage
        }
    }

    /// With the time from which on the journal can answer.
    var text: String {
        guard case .index(.historyUnavailable(let since)) = self else { return "\(self)" }
        let start = Timestamp(secondsSince1970: UInt32(clamping: since / 1_000 + 1))
        return "\(self): it can answer from \(start) on"
    }
}
