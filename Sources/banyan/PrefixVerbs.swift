import ArgumentParser
import BanyanIndex
import BanyanNode
import HandleProtocol

struct PrefixVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefix",
        abstract: Output.text("Prefixes of the node.", "节点的前缀。"),
        discussion: """
              banyan prefix add 88.118.9 --data /var/lib/banyan
              banyan prefix delegate 88.118.9 --site siteinfo.bin --data /var/lib/banyan
              banyan prefix list --data /var/lib/banyan --json
            """,
        subcommands: [List.self, Add.self, Show.self, Delegate.self, Suspend.self, Resume.self, Remove.self])

    /// The arguments that all but `list` share.
    struct One: ParsableArguments {
        @Argument(help: Output.help("The prefix, such as 88.118.8.", "前缀，例如 88.118.8。")) var name: String
        @OptionGroup var directory: DataDirectory

        var prefix: Prefix { get throws { try Arguments.prefix(name) } }
        var administration: PrefixAdministration { PrefixAdministration(directory: directory.node) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists the prefixes that are homed here.", "列出本节点负责的前缀。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("One JSON object a line.", "每行一个 JSON 对象。")) var json = false

        func run() throws {
            for listing in try PrefixAdministration(directory: directory.node).list() {
                if json { Output.json(listing.json) } else { Output.data(listing.line) }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Shows a prefix and its record.", "显示一个前缀及其记录。"))
        @OptionGroup var one: One
        @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

        func run() throws {
            guard let (listing, values) = try one.administration.show(one.prefix) else {
                throw Failure(.negative, "\(one.name) is not homed here")
            }
            if json {
                Output.json(listing.json(with: values))
            } else {
                Output.data(listing.line)
                for value in values {
                    let type = String(decoding: value.type, as: UTF8.self)
                    Output.data("  \(value.index) \(type) \(value.data.count) bytes")
                }
            }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Homes a prefix and makes its record.", "负责一个前缀并建立其记录。"))
        @OptionGroup var one: One
        @Flag(help: Output.help("Local names differ by case.", "本地名区分大小写。")) var caseSensitive = false

        func run() throws {
            try one.administration.add(one.prefix, caseRule: caseSensitive ? .sensitiveLocalName : .insensitive)
        }
    }

    struct Delegate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Tells clients where an enterprise's own node is.", "告诉客户端企业自建节点的位置。"))
        @OptionGroup var one: One
        @Option(name: .customLong("site"), help: Output.help("Its site record; may be repeated.", "其站点记录，可重复。"))
        var sites: [String]

        func run() throws {
            try one.administration.delegate(one.prefix, to: sites.map { try SiteFile.site(inFile: $0) })
        }
    }

    struct Suspend: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Ends answers for a prefix until resume.", "暂停应答某前缀，直至恢复。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.suspend(one.prefix) }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Answers for a suspended prefix again.", "恢复应答已暂停的前缀。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.resume(one.prefix) }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Unhomes a prefix; its records stay.", "不再负责某前缀；其记录保留。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.remove(one.prefix) }
    }
}

extension PrefixListing {
    fileprivate var text: String { String(decoding: name, as: UTF8.self) }

    private var state: String {
        switch row.entry.state {
        case .active: "active"
        case .suspended: "suspended"
        case .unhomed: "unhomed"
        }
    }

    private var caseRule: String { row.entry.caseRule == .insensitive ? "insensitive" : "sensitive" }

    fileprivate var line: String { "\(text) \(state) \(row.handleCount) handles, case \(caseRule)" }

    private var members: [(String, JSONText)] {
        [
            ("prefix", .string(text)), ("state", .string(state)), ("caseRule", .string(caseRule)),
            ("handles", .count(row.handleCount)),
            ("digest", .string(String(decoding: Hex.encode(row.digest.bytes), as: UTF8.self))),
        ]
    }

    fileprivate var json: JSONText { .object(members) }

    fileprivate func json(with values: [HandleValue]) -> JSONText {
        let record = HandleRecord(handle: Array("0.NA/".utf8) + name, values: values)
        return .object(members + [("record", record.json.map { .raw(String(decoding: $0, as: UTF8.self)) } ?? .null)])
    }
}
