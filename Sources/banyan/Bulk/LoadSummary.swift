import BanyanBulk
import BanyanNode

/// What a load has done, in a line and as JSON.
struct LoadSummary {
    private let report: LoadReport
    private let isDryRun: Bool
    private let seconds: Double

    init(_ report: LoadReport, isDryRun: Bool, duration: Duration) {
        self.report = report
        self.isDryRun = isDryRun
        seconds = duration.seconds
    }

    private var rate: Int { Int(Double(report.rowCount) / max(seconds, 0.001)) }

    var text: String {
        var parts = ["\(report.createdCount) created"]
        if report.replacedCount > 0 { parts.append("\(report.replacedCount) replaced") }
        if report.deletedCount > 0 { parts.append("\(report.deletedCount) deleted") }
        if report.unchangedCount > 0 { parts.append("\(report.unchangedCount) there already") }
        if report.skippedCount > 0 { parts.append("\(report.skippedCount) skipped") }
        parts.append("\(report.rejectedCount) rejected")
        let text =
            "\(report.rowCount) rows in \(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10) s (\(rate)/s): "
            + parts.joined(separator: ", ")
        if isDryRun { return text + " (dry run: nothing was written)" }
        return report.isStopped ? text + "; stopped at a bad row" : text
    }

    var json: JSONText {
        .object([
            ("rows", .count(report.rowCount)), ("created", .count(report.createdCount)),
            ("replaced", .count(report.replacedCount)), ("deleted", .count(report.deletedCount)),
            ("unchanged", .count(report.unchangedCount)), ("skipped", .count(report.skippedCount)),
            ("rejected", .count(report.rejectedCount)), ("stopped", .boolean(report.isStopped)),
            ("dryRun", .boolean(isDryRun)), ("journalHead", .count(report.journalHead)),
            (
                "resumed",
                .array(
                    report.resumed.map {
                        .object([("file", .string($0.path)), ("line", .count($0.line))])
                    })
            ),
            ("seconds", .number(seconds)), ("rowsPerSecond", .count(rate)),
        ])
    }
}
