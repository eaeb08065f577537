import ArgumentParser
import BanyanRegistry
import HandleProtocol

/// What names under a prefix must be like, on the command line.
struct PrefixRuleOptions: ParsableArguments {
    @Option(help: ArgumentHelp(Output.text("What a name must match.", "名称须匹配的模式。"), valueName: "pattern"))
    var pattern: String?

    @Option(help: ArgumentHelp(Output.text("How many characters it has.", "名称的字符数。"), valueName: "n..m"))
    var length: String?

    @Option(
        help: ArgumentHelp(
            Output.text("Which characters it may have, such as A-Z0-9-.", "允许的字符，例如 A-Z0-9-。"), valueName: "set"))
    var characters: String?

    @Option(
        help: ArgumentHelp(
            Output.text(
                "How its last letter or digit is made: mod-37-36, mod-11-10, luhn, gs1 or none.",
                "校验字符的算法：mod-37-36、mod-11-10、luhn、gs1 或 none。"), valueName: "kind"))
    var checkCharacter: String?

    @Option(
        help: ArgumentHelp(
            Output.text("How many identifiers there may be, or none.", "标识数量上限，或 none。"), valueName: "count"))
    var quota: String?

    @Option(
        name: .customLong("case"),
        help: ArgumentHelp(
            Output.text("Whether names differ by case: sensitive or insensitive.", "是否区分大小写：sensitive 或 insensitive。"),
            valueName: "rule"))
    var caseName: String?

    func validate() throws {
        if let caseName, !["sensitive", "insensitive"].contains(caseName) {
            throw ValidationError("--case: accepted: sensitive, insensitive")
        }
    }

    var caseRule: CaseRule? { caseName.map { $0 == "sensitive" ? .sensitiveLocalName : .insensitive } }

    /// The rules that are named, with what they are to say.
    var changes: [(rule: String, text: String)] {
        [
            ("pattern", pattern), ("length", length), ("characters", characters), ("check-character", checkCharacter),
            ("quota", quota),
        ].compactMap { rule, text in text.map { (rule, $0) } }
    }

    var isEmpty: Bool { changes.isEmpty && caseName == nil }

    func apply(to rules: inout IdentifierRules) throws(Failure) {
        do throws(RuleError) {
            for change in changes { try rules.set(change.rule, to: change.text) }
        } catch {
            throw Failure(.usage, "--\(error)")
        }
    }
}
