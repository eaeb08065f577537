import ArgumentParser
import BanyanNode
import BanyanRegistry
import HandleProtocol

struct UpstreamVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstream",
        abstract: Output.text("The link to the national top-level node.", "与国家顶级节点的连接。"),
        discussion: """
              banyan upstream status --data /var/lib/banyan
              banyan upstream outbox --data /var/lib/banyan --json
              banyan upstream replay --data /var/lib/banyan --from 1042
            """,
        subcommands: [Status.self, OutboxVerb.self, Receipts.self, Notices.self, Replay.self])

    struct Page: ParsableArguments {
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("The first sequence to be shown.", "从该序号起显示。")) var from: UInt64 = 0
        @Option(help: Output.help("Most lines.", "最多行数。")) var limit = 1_000
        @Flag(help: Output.help("One JSON object a line.", "每行一个 JSON 对象。")) var json = false

        var administration: UpstreamAdministration { UpstreamAdministration(directory: directory.node) }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Shows how far everything is told, and the link.", "显示上报进度与连接状态。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("As one JSON object.", "输出一个 JSON 对象。")) var json = false

        func run() throws {
            let standing = try UpstreamAdministration(directory: directory.node).standing()
            let figures: [(String, JSONText)] = [
                ("forwarding", .boolean(standing.isForwarding)), ("told", .count(standing.told)),
                ("waiting", .count(standing.waitingCount)),
                ("serving", standing.link.map { .raw($0) } ?? .null),
            ]
            guard !json else { return Output.json(.object(figures)) }
            for (name, value) in figures {
                Output.data(name + String(repeating: " ", count: 16 - name.count) + value.text)
            }
        }
    }

    struct OutboxVerb: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "outbox",
            abstract: Output.text("Lists what was or is to be told, in its order.", "按次序列出已上报与待上报事项。"))
        @OptionGroup var page: Page

        func run() throws {
            let told = try page.administration.standing().told
            for entry in try page.administration.entries(from: page.from, countMax: page.limit) {
                let isTold = entry.sequence <= told
                let errand = entry.errand
                guard page.json else {
                    Output.data(
                        [
                            "\(entry.sequence)", isTold ? "told" : "waiting", errand.matter.rawValue, errand.prefix,
                            errand.transaction,
                        ].joined(separator: " "))
                    continue
                }
                Output.json(
                    .object([
                        ("sequence", .count(entry.sequence)), ("told", .boolean(isTold)),
                        ("matter", .string(errand.matter.rawValue)), ("prefix", .string(errand.prefix)),
                        ("enterprise", .count(errand.enterprise)), ("transaction", .string(errand.transaction)),
                        ("created", errand.created.dateAndTime),
                    ]))
            }
        }
    }

    struct Receipts: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists what the upstream answered.", "列出上级节点的回执。"))
        @OptionGroup var page: Page

        func run() throws {
            for receipt in try page.administration.receipts(from: page.from, countMax: page.limit) {
                guard page.json else {
                    let codes = receipt.steps.map { "\($0.command)=\($0.code)" }.joined(separator: ",")
                    Output.data(
                        [
                            "\(receipt.sequence)", receipt.outcome.rawValue, receipt.matter.rawValue, receipt.prefix,
                            codes, receipt.message ?? "",
                        ].joined(separator: " "))
                    continue
                }
                Output.json(receipt.json)
            }
        }
    }

    struct Notices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists what the upstream has decided and ordered.", "列出上级节点的审核结果与指令。"))
        @OptionGroup var page: Page

        func run() throws {
            for notice in try page.administration.notices().suffix(page.limit) {
                guard page.json else {
                    Output.data(
                        [
                            notice.message, notice.outcome.rawValue, notice.prefix, notice.content.name,
                            notice.reason ?? "",
                        ].joined(separator: " "))
                    continue
                }
                Output.json(
                    .object([
                        ("message", .string(notice.message)), ("outcome", .string(notice.outcome.rawValue)),
                        ("prefix", .string(notice.prefix)), ("content", .string(notice.content.name)),
                        ("words", .string(notice.content.words)),
                        ("reason", notice.reason.map { .string($0) } ?? .null),
                        ("client", .string(notice.client)), ("server", .string(notice.server)),
                        ("time", notice.time.dateAndTime),
                    ]))
            }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Tells everything from a sequence on again; what is so already stays so.",
                "自某序号起重新上报；已生效的不受影响。"))
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("The first sequence to be told again.", "重新上报的起始序号。")) var from: UInt64

        func run() throws {
            guard try UpstreamAdministration(directory: directory.node).replay(from: from) else {
                throw Failure(.negative, "\(from) has not been told yet")
            }
        }
    }
}

extension UInt64 {
    /// Seconds since 1970, as JSON has times.
    fileprivate var dateAndTime: JSONText {
        .string(Timestamp(secondsSince1970: UInt32(clamping: self)).description)
    }
}

extension Receipt {
    fileprivate var json: JSONText {
        let steps = steps.map { step in
            JSONText.object([
                ("command", .string(step.command)), ("code", .count(step.code)), ("client", .string(step.client)),
                ("server", .string(step.server)),
            ])
        }
        return .object([
            ("sequence", .count(sequence)), ("outcome", .string(outcome.rawValue)),
            ("matter", .string(matter.rawValue)), ("prefix", .string(prefix)), ("steps", .array(steps)),
            ("message", message.map { .string($0) } ?? .null),
            ("nationalNumber", nationalNumber.map { .string($0) } ?? .null), ("time", time.dateAndTime),
        ])
    }
}

extension UpstreamNotice.Content {
    fileprivate var name: String {
        switch self {
        case .review(let isPassed, _): isPassed ? "approval" : "refusal"
        case .suspension: "suspension"
        case .resumption: "resumption"
        case .revocation: "revocation"
        case .unknown: "unknown"
        }
    }

    fileprivate var words: String {
        switch self {
        case .review(_, let words), .suspension(let words), .resumption(let words), .revocation(let words),
            .unknown(let words):
            words
        }
    }
}
