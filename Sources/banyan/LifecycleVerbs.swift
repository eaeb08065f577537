import ArgumentParser
import BanyanNode
import HandleProtocol

/// What `suspend`, `withdraw` and `resume` share: identifiers, a reason, whose files.
struct LifecycleOptions: ParsableArguments {
    @Argument(help: Output.help("The identifiers, such as 88.118.8/SN-1.", "标识，例如 88.118.8/SN-1。"))
    var handles: [String]

    @Option(
        help: ArgumentHelp(
            Output.text(
                "Why: answered to everyone, and kept in the journal; at most 255 bytes.",
                "原因：对所有人应答，并记入变更历史；最多 255 字节。"), valueName: "text"))
    var reason: String?

    @OptionGroup var directory: DataDirectory
    @Flag(help: Output.help("One JSON object for each identifier.", "每个标识输出一个 JSON 对象。")) var json = false

    func validate() throws {
        guard !handles.isEmpty else { throw ValidationError("give at least one HANDLE") }
        if (reason ?? "").utf8.count > 255 { throw ValidationError("--reason: accepted: at most 255 bytes") }
    }

    /// Does it, tells what became of each, and ends with 1 or 3 where all or some were refused.
    func apply(
        _ state: RecordState, _ verb: String, answering values: [HandleValue] = []
    ) throws {
        let names = try handles.map { (text) throws(Failure) in
            guard text.contains("/") else {
                throw Failure(.usage, "\(text) is a prefix; for a prefix: banyan prefix suspend, banyan prefix resume")
            }
            return try Arguments.handle(text)
        }
        let outcomes = try HandleAdministration(directory: directory.node).setState(
            state, of: names, reason: Array((reason ?? "").utf8), answering: values, source: verb)
        for outcome in outcomes { show(outcome, state) }
        let refusedCount = outcomes.count { $0.refusal != nil }
        guard refusedCount > 0 else { return }
        throw Failure(
            refusedCount == outcomes.count ? .negative : .partly, "\(refusedCount) of \(outcomes.count) refused")
    }

    private func show(_ outcome: HandleAdministration.Outcome, _ state: RecordState) {
        let name = String(decoding: outcome.handle, as: UTF8.self)
        guard json else {
            if let refusal = outcome.refusal { return Output.say("banyan: \(ValueText.harmless(name)): \(refusal)") }
            return Output.data("\(ValueText.harmless(name)) \(state)\(outcome.isChanged ? "" : ", as it was")")
        }
        Output.json(
            .object([
                ("handle", .string(name)),
                ("state", outcome.refusal == nil ? .string(state.description) : .null),
                ("changed", .boolean(outcome.isChanged)),
                ("error", outcome.refusal.map(JSONText.string) ?? .null),
            ]))
    }
}

/// What is answered in place of the values of an identifier that is out of use.
struct AnsweredOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            Output.text(
                "A value to answer instead of the one of type STATUS; may be repeated.",
                "代替 STATUS 值应答的值，可重复。"), valueName: "index:type:data"))
    var answer: [String] = []

    var values: [HandleValue] {
        get throws(Failure) {
            try answer.map { (text) throws(Failure) in
                var value = try RecordOptions.value(text, option: "--answer")
                value.timeToLive = .seconds(3_600)
                return value
            }
        }
    }
}

/// `banyan suspend`: takes identifiers out of use for a time.
struct Suspend: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Takes identifiers out of use until resume.", "暂停标识，直至恢复。"),
        discussion: Output.text(
            """
            Everyone who resolves a suspended identifier is told so by one value of type STATUS, such as \
            "suspended 2026-11-24 recall". Its own values are kept; administrators read them with \
            banyan resolve --admin. Nobody can change or delete it, and a key in it proves nothing, until it is resumed.

              banyan suspend 88.118.8/SN-1 --reason "recall 17" --data /var/lib/banyan
              banyan suspend 88.118.8/SN-1 88.118.8/SN-2 --json --data /var/lib/banyan

            A node that serves the directory takes the change at once. Ends with 0 when done, also where it was so \
            already; 1 when all were refused, 3 when some were. A whole prefix: banyan prefix suspend.
            """,
            """
            解析被暂停的标识时，所有人得到一个 STATUS 类型的值，例如 “suspended 2026-11-24 recall”。其自身的值保留，\
            管理员用 banyan resolve --admin 读取。恢复之前，任何人不能更改或删除它，其中的密钥也不能用于证明身份。

              banyan suspend 88.118.8/SN-1 --reason "召回 17" --data /var/lib/banyan
              banyan suspend 88.118.8/SN-1 88.118.8/SN-2 --json --data /var/lib/banyan

            正在服务的节点立即生效。完成（包括原本如此）以 0 结束，全部被拒绝以 1 结束，部分被拒绝以 3 结束。\
            整个前缀请用 banyan prefix suspend。
            """))

    @OptionGroup var options: LifecycleOptions
    @OptionGroup var answered: AnsweredOptions

    func run() throws { try options.apply(.suspended, "suspend", answering: answered.values) }
}

/// `banyan withdraw`: takes identifiers out of use for good.
struct Withdraw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Takes identifiers out of use for good.", "永久注销标识。"),
        discussion: Output.text(
            """
            A withdrawn identifier is never "not found" and never registered anew: everyone who resolves it is told \
            by one value of type STATUS, such as "withdrawn 2026-11-24 scrapped". Its own values are kept for its \
            administrators. What was withdrawn by mistake is taken back with banyan resume.

              banyan withdraw 88.118.8/SN-1 --reason scrapped --data /var/lib/banyan
              banyan withdraw 88.118.8/SN-1 --answer 1:URL:https://example.cn/gone --data /var/lib/banyan

            Ends as banyan suspend does.
            """,
            """
            已注销的标识不会“未找到”，也不能重新注册：解析它的人得到一个 STATUS 类型的值，例如 \
            “withdrawn 2026-11-24 scrapped”。其自身的值为管理员保留。误注销的用 banyan resume 恢复。

              banyan withdraw 88.118.8/SN-1 --reason 报废 --data /var/lib/banyan
              banyan withdraw 88.118.8/SN-1 --answer 1:URL:https://example.cn/gone --data /var/lib/banyan

            结束状态与 banyan suspend 相同。
            """))

    @OptionGroup var options: LifecycleOptions
    @OptionGroup var answered: AnsweredOptions

    func run() throws { try options.apply(.withdrawn, "withdraw", answering: answered.values) }
}

/// `banyan resume`: puts identifiers back into use.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Puts suspended or withdrawn identifiers back into use.", "恢复被暂停或注销的标识。"),
        discussion: Output.text(
            """
            Their own values are answered again, as they were.

              banyan resume 88.118.8/SN-1 --reason "recall over" --data /var/lib/banyan

            Ends as banyan suspend does. A whole prefix: banyan prefix resume.
            """,
            """
            重新以其自身的值应答，与原先相同。

              banyan resume 88.118.8/SN-1 --reason "召回结束" --data /var/lib/banyan

            结束状态与 banyan suspend 相同。整个前缀请用 banyan prefix resume。
            """))

    @OptionGroup var options: LifecycleOptions

    func run() throws { try options.apply(.active, "resume") }
}
