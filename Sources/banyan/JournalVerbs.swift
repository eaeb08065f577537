import ArgumentParser
import BanyanNode

struct JournalVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: Output.text("History and its proof.", "变更历史及其证明。"),
        discussion: """
              banyan journal show --data /var/lib/banyan --limit 20
              banyan journal show 88.118.8/SN-1 --data /var/lib/banyan
              banyan journal verify --data /var/lib/banyan
            """,
        subcommands: [Show.self, Verify.self, Surplus.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Shows entries, oldest first, one JSON object a line.", "按时间先后列出记录，每行一个 JSON 对象。"))
        @Argument(help: Output.help("Of this handle only.", "仅限该标识。")) var name: String?
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("First sequence.", "起始序号。")) var from: UInt64 = 1
        @Option(help: Output.help("Most entries.", "最多条数。")) var limit = 1_000
        @Option(help: Output.help("As HANDLE.", "同 HANDLE。")) var handle: String?
        @Flag(help: Output.help("As without: entries are JSON.", "与缺省相同：输出即为 JSON。")) var json = false

        func run() throws {
            guard limit > 0 else { throw Failure(.usage, "--limit: accepted: a whole number from 1") }
            try JournalReport(directory: directory.node)
                .show(from: from, countMax: limit, handle: (name ?? handle).map { Array($0.utf8) }, Output.json)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Proves that no entry was changed or removed.", "证明没有记录被更改或删除。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

        func run() throws {
            let (entryCount, head, problemCount) = try JournalReport(directory: directory.node).verify()
            if json {
                Output.json(
                    .object([
                        ("entries", .count(entryCount)), ("chain", .string(head)), ("problems", .count(problemCount)),
                    ]))
            } else {
                Output.data("\(entryCount) entries, chain \(head)")
            }
            guard problemCount == 0 else {
                throw Failure(.negative, "\(problemCount) problems; for their list: banyan check --full")
            }
        }
    }

    struct Surplus: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Shows what this journal has and another node's has not.", "列出本日志独有、另一节点没有的记录。"),
            discussion: """
                  banyan journal surplus --data /var/lib/old --against 203.0.113.8:2641 --admin 300:0.NA/88.118.8 \\
                    --key admin.pem

                \(Output.text(
                    "For a primary that was replaced while it was cut off: what it took alone. Ends with 0 when there "
                        + "is nothing, with 1 otherwise.",
                    "用于曾被隔离并已被取代的主节点：列出其单独接受的变更。没有则退出码为 0，否则为 1。"))
                """)

        @OptionGroup var directory: DataDirectory
        @OptionGroup var other: OtherNodeOptions

        func run() async throws {
            let verification = try other.verification(of: directory.node)
            let common = try await MirrorInitOptions.answering { try await verification.lastCommonSequence() }
            guard let common else {
                throw Failure(
                    .negative,
                    "this journal does not reach back to where both were the same; see banyan verify --against")
            }
            var count = 0
            try JournalReport(directory: directory.node).show(from: common + 1, countMax: .max) { entry in
                count += 1
                Output.json(entry)
            }
            Output.say(
                Output.text(
                    "both have \(common) entries in common; \(count) are only here",
                    "双方共有 \(common) 条记录；\(count) 条仅在此处"))
            if count > 0 { throw Failure(.negative) }
        }
    }
}
