import ArgumentParser
import BanyanNode
import BanyanRegistry
import HandleProtocol

/// What an operator decides on prefixes that enterprises have applied for.
extension PrefixVerbs {
    struct Applications: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists prefixes that were applied for, and their state.", "列出申请过的前缀及其状态。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("One JSON object a line.", "每行一个 JSON 对象。")) var json = false

        func run() throws {
            for contract in try ContractAdministration(directory: directory.node).contracts() {
                if json { Output.json(contract.json) } else { Output.data(contract.line) }
            }
        }
    }

    struct Pass: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Passes the node's own review; the national one follows.", "通过本节点审核，等待国家顶级节点审核。"))
        @OptionGroup var one: One

        func run() throws { try one.decide(.pass, "prefix pass") }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Approves an application: the prefix may be configured, or is passed on to the upstream's review.",
                "批准申请：前缀可以配置；设有上级节点时转报其审核。"))
        @OptionGroup var one: One
        @Flag(help: Output.help("The upstream's answer is here, on paper.", "已另行获得上级节点的批准。")) var final = false

        func run() throws { try one.decide(.approve, isFinal: final, "prefix approve") }
    }

    struct Refuse: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Refuses an application.", "拒绝申请。"))
        @OptionGroup var one: One
        @Option(help: Output.help("Why; the enterprise is told.", "原因，将告知企业。")) var reason: String

        func run() throws { try one.decide(.refuse(reason: reason), "prefix refuse") }
    }

    struct Host: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lets this node answer for an approved prefix.", "由本节点托管已批准的前缀。"))
        @OptionGroup var one: One

        func run() throws { try one.decide(.hosted, "prefix host") }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Ends a prefix; it may be applied for again.", "注销前缀，可重新申请。"))
        @OptionGroup var one: One
        @Option(help: Output.help("Why, for the journal.", "原因，记入变更历史。")) var reason: String

        func run() throws { try one.decide(.revoke(reason: reason), "prefix revoke") }
    }

    struct Transfer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Gives a prefix to another enterprise.", "将前缀转给另一企业。"))
        @OptionGroup var one: One
        @Option(name: .customLong("to"), help: Output.help("The enterprise's user.", "目标企业的用户名。")) var user: String

        func run() throws {
            try ContractAdministration(directory: one.directory.node).transfer(one.prefix, to: user)
        }
    }

    struct Quota: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Limits the identifiers of a prefix.", "限制前缀的标识数量。"))
        @OptionGroup var one: One
        @Option(help: Output.help("How many; 0 is any number.", "数量；0 表示不限。")) var count: UInt64

        func run() throws { try one.decide(.setQuota(count == 0 ? nil : count), "prefix quota") }
    }
}

extension PrefixVerbs.One {
    fileprivate func decide(_ event: PrefixEvent, isFinal: Bool = false, _ source: String) throws {
        try ContractAdministration(directory: directory.node).apply(
            event, to: try prefix, isFinal: isFinal, source: source)
    }
}

extension PrefixContract {
    fileprivate var line: String {
        [prefix, state.rawValue, hosting.rawValue, owner, reason ?? ""].joined(separator: " ")
    }

    fileprivate var json: JSONText {
        func time(_ seconds: UInt64) -> JSONText {
            .string(Timestamp(secondsSince1970: UInt32(clamping: seconds)).description)
        }
        return .object([
            ("prefix", .string(prefix)), ("state", .string(state.rawValue)), ("hosting", .string(hosting.rawValue)),
            ("user", .string(owner)), ("enterprise", .count(enterprise)), ("quota", quota.map(JSONText.count) ?? .null),
            ("reason", reason.map(JSONText.string) ?? .null), ("created", time(created)), ("updated", time(updated)),
        ])
    }
}
