import BanyanBulk

/// Shows a load to the person at the terminal: bad rows as they come, and a line with bar, rate and time left.
final class LoadDisplay: LoadObserver {
    private static let interval: Duration = .milliseconds(200)
    private static let barWidth = 24

    private let started = ContinuousClock.now
    private var shown = ContinuousClock.now
    /// The input that is shown, and when it began.
    private var path = ""
    private var pathStarted = ContinuousClock.now

    func rejected(_ row: RejectedRow) {
        Output.endProgress()
        Output.say("\(row)")
    }

    func resumed(_ resumption: LoadReport.Resumption) {
        Output.say(
            Output.text(
                "\(resumption.path): going on behind line \(resumption.line), where an earlier load ended",
                "\(resumption.path)：从上次中断处（第 \(resumption.line) 行之后）继续"))
    }

    func progressed(_ progress: LoadProgress) {
        let now = ContinuousClock.now
        if progress.path != path {
            path = progress.path
            pathStarted = now
        }
        guard now - shown >= Self.interval else { return }
        shown = now
        let rate = Double(progress.rowCount) / max((now - started).seconds, 0.001)
        var line = "\(progress.rowCount) rows, \(Int(rate))/s"
        if progress.rejectedCount > 0 { line += ", \(progress.rejectedCount) rejected" }
        if let byteCount = progress.byteCount, byteCount > 0 {
            let share = min(Double(progress.readByteCount) / Double(byteCount), 1)
            let filled = Int(share * Double(Self.barWidth))
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.barWidth - filled)
            line = "[\(bar)] \(Int(share * 100))%  " + line
            if share > 0.01 {
                let left = (now - pathStarted).seconds * (1 - share) / share
                line += ", \(Int(left)) s left"
            }
        }
        Output.progress(line)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
