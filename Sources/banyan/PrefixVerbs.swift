import ArgumentParser
import BanyanIndex
import BanyanNode
import BanyanRegistry
import HandleProtocol

struct PrefixVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefix",
        abstract: Output.text("Prefixes of the node.", "节点的前缀。"),
        discussion: """
              banyan prefix add 88.118.9 --data /var/lib/banyan
              banyan prefix set 88.118.9 --pattern 'SN-[0-9]{6}' --data /var/lib/banyan
              banyan prefix delegate 88.118.9 --site siteinfo.bin --data /var/lib/banyan
              banyan prefix list --data /var/lib/banyan --json
            """,
        subcommands: [
            List.self, Add.self, Set.self, Show.self, Delegate.self, Suspend.self, Resume.self, Remove.self,
            Applications.self, Pass.self, Approve.self, Refuse.self, Host.self, Transfer.self, Quota.self,
            Revoke.self,
        ])

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
                for rule in listing.rules { Output.data("  rule \(rule.name) \(rule.text)") }
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
        @Flag(help: Output.help("As --case sensitive.", "同 --case sensitive。")) var caseSensitive = false
        @OptionGroup var rules: PrefixRuleOptions

        func run() throws {
            var set = IdentifierRules()
            try rules.apply(to: &set)
            let caseRule = rules.caseRule ?? (caseSensitive ? .sensitiveLocalName : .insensitive)
            try one.administration.add(one.prefix, caseRule: caseRule, rules: set)
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Sets what new names under a prefix must be like.", "设定某前缀下新名称须满足的规则。"),
            discussion: Output.text(
                """
                Each rule that is named takes the place of the one there was; an empty text, or none, ends it. Names \
                that are there stay. A name that breaks a rule is refused with the rule's name, at every door.

                A pattern is about the whole name behind the slash. It knows characters, ., [A-Z0-9-], [^…], \\d, \
                \\w, \\ in front of a sign, (…), |, ?, *, +, {N}, {N,M}. Where names have no case, it has none.

                  banyan prefix set 88.118.9 --pattern 'SN-[0-9]{6}' --length 9 --data /var/lib/banyan
                  banyan prefix set 88.118.9 --check-character mod-37-36 --data /var/lib/banyan
                  banyan prefix set 88.118.9 --pattern '' --data /var/lib/banyan

                Check characters: mod-37-36 and mod-11-10 (ISO/IEC 7064), luhn (ISO/IEC 7812), gs1 (modulo 10). Signs \
                such as - are not counted. --case can change while there are no names.
                """,
                """
                每个给出的规则取代原有的规则；空文本或 none 取消该规则。已有的名称保留。违反规则的名称在所有入口被拒绝，\
                并指明规则。

                模式针对斜杠之后的整个名称，支持：字符、.、[A-Z0-9-]、[^…]、\\d、\\w、\\ 加符号、(…)、|、?、*、+、\
                {N}、{N,M}。名称不区分大小写时，模式也不区分。

                  banyan prefix set 88.118.9 --pattern 'SN-[0-9]{6}' --length 9 --data /var/lib/banyan
                  banyan prefix set 88.118.9 --check-character mod-37-36 --data /var/lib/banyan
                  banyan prefix set 88.118.9 --pattern '' --data /var/lib/banyan

                校验字符：mod-37-36 与 mod-11-10（ISO/IEC 7064）、luhn（ISO/IEC 7812）、gs1（模 10）；- 等符号不计。\
                没有名称时才能更改 --case。
                """))
        @OptionGroup var one: One
        @OptionGroup var rules: PrefixRuleOptions

        func run() throws {
            guard !rules.isEmpty else { throw Failure(.usage, "nothing to set; see banyan help prefix set") }
            do {
                try one.administration.set(one.prefix, caseRule: rules.caseRule) { (set) throws(RuleError) in
                    for change in rules.changes { try set.set(change.rule, to: change.text) }
                }
            } catch let error as RuleError {
                throw Failure(.usage, "--\(error)")
            }
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
        @Option(help: Output.help("Why, for the journal.", "原因，记入变更历史。")) var reason = ""

        func run() throws { try one.administration.suspend(one.prefix, reason: Array(reason.utf8)) }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Answers for a suspended prefix again.", "恢复应答已暂停的前缀。"))
        @OptionGroup var one: One
        @Option(help: Output.help("Why, for the journal.", "原因，记入变更历史。")) var reason = ""

        func run() throws { try one.administration.resume(one.prefix, reason: Array(reason.utf8)) }
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

    fileprivate var line: String {
        var line = "\(text) \(state) \(row.handleCount) handles"
        if row.counts.suspendedCount > 0 { line += ", \(row.counts.suspendedCount) of them suspended" }
        if row.counts.withdrawnCount > 0 { line += ", \(row.counts.withdrawnCount) of them withdrawn" }
        return line + ", case \(caseRule)" + (row.rules.isEmpty ? "" : ", rules for names")
    }

    fileprivate var rules: [(name: String, text: String)] {
        (try? IdentifierRules(parsing: row.rules))?.lines ?? []
    }

    private var members: [(String, JSONText)] {
        [
            ("prefix", .string(text)), ("state", .string(state)), ("caseRule", .string(caseRule)),
            ("handles", .count(row.handleCount)),
            ("suspended", .count(row.counts.suspendedCount)),
            ("withdrawn", .count(row.counts.withdrawnCount)),
            ("rules", .object(rules.map { ($0.name, .string($0.text)) })),
            ("digest", .string(String(decoding: Hex.encode(row.digest.bytes), as: UTF8.self))),
        ]
    }

    fileprivate var json: JSONText { .object(members) }

    fileprivate func json(with values: [HandleValue]) -> JSONText {
        let record = HandleRecord(handle: Array("0.NA/".utf8) + name, values: values)
        return .object(members + [("record", record.json.map { .raw(String(decoding: $0, as: UTF8.self)) } ?? .null)])
    }
}
