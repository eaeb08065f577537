import ArgumentParser
import BanyanNode
import HandleProtocol

/// `banyan migrate shadow`.
struct ShadowVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow",
        abstract: Output.text(
            "Answers captured traffic of the server, and reports what differs.", "以捕获的流量作答，报告与该服务器的不同。"),
        discussion: """
              tcpdump -i any -w - port 2641 | banyan migrate shadow --data /var/lib/banyan --capture -
              banyan migrate shadow --data /var/lib/banyan --capture traffic.pcap.gz --json

            \(Output.text(
                "The server's own answers stand in the capture: neither it nor its clients notice anything. Ends with "
                    + "0 when no client would have got anything else, with 1 otherwise.",
                "该服务器的应答即在捕获之中，服务器与客户端均无感知。客户端所得全部相同则退出码为 0，否则为 1。"))
            """)

    @OptionGroup var directory: DataDirectory
    @Option(help: Output.help("What tcpdump -w has written; - is standard input.", "tcpdump -w 的输出；- 表示标准输入。"))
    var capture: String
    @Option(help: Output.help("The server's port.", "该服务器的端口。")) var port: UInt16 = 2_641
    @Flag(help: Output.help("A JSON object a difference, and one at the end.", "每处不同一行 JSON，末行为汇总。"))
    var json = false

    func run() throws {
        let shadow = try Shadow(directory: directory.node, port: port)
        let report: Shadow.Report
        do {
            report = try shadow.run(capture: capture, show)
        } catch let error as CaptureError {
            throw Failure(.usage, "\(capture): \(error)")
        }
        if json { Output.json(Self.json(report)) }
        Output.say(
            "\(report.requestCount) resolutions: \(report.sameCount) answered alike, \(report.differenceCount) "
                + "differently; \(report.changedCount) changed here since, \(report.otherCount) not compared, "
                + "\(report.unansweredCount) without an answer, \(report.incompleteCount) packets incomplete")
        if report.differenceCount > 0 { throw Failure(.negative) }
    }

    private func show(_ difference: Shadow.Difference) {
        let time = Timestamp(secondsSince1970: UInt32(clamping: difference.time / 1_000))
        let handle = String(decoding: difference.handle, as: UTF8.self)
        guard json else { return Output.data("\(time) \(handle): \(difference.text)") }
        Output.json(
            .object([
                ("time", .string("\(time)")), ("handle", .string(handle)), ("difference", .string(difference.text)),
            ]))
    }

    private static func json(_ report: Shadow.Report) -> JSONText {
        .object([
            ("requests", .count(report.requestCount)), ("same", .count(report.sameCount)),
            ("different", .count(report.differenceCount)), ("changedSince", .count(report.changedCount)),
            ("notCompared", .count(report.otherCount)), ("unanswered", .count(report.unansweredCount)),
            ("incompletePackets", .count(report.incompleteCount)),
        ])
    }
}
