import ArgumentParser
import BanyanNode

struct JournalVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: Output.text("History and its proof.", "变更历史及其证明。"),
        discussion: """
              banyan journal show --data /var/lib/banyan --limit 20
              banyan journal show 88.118.8/SN-1 --data /var/lib/banyan
              banyan journal verify --data /var/lib/banyan
            """,
        subcommands: [Show.self, Verify.self])

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
}
