public import BanyanIndex
public import HandleProtocol

/// The rules for names under one prefix, ready to be asked.
public struct NameCheck: Sendable {
    public let rules: IdentifierRules
    private let pattern: NamePattern?
    private let characters: CharacterClass?
    private let ignoresCase: Bool

    /// - Parameter caseRule: Where names have no case, rules have none.
    public init(_ rules: IdentifierRules, caseRule: CaseRule) throws(RuleError) {
        self.rules = rules
        ignoresCase = caseRule == .insensitive
        do throws(PatternError) {
            pattern = if let text = rules.pattern { try NamePattern(text) } else { nil }
            characters = if let text = rules.characters { try PatternParser.characterClass(text) } else { nil }
        } catch {
            throw RuleError("pattern", error.description)
        }
    }

    /// The rules of a prefix; nil where it has none, or where what is stored are none, which `set` does not let in.
    public init?(of row: PrefixRow?) {
        guard let row, !row.rules.isEmpty, let rules = try? IdentifierRules(parsing: row.rules),
            let check = try? NameCheck(rules, caseRule: row.entry.caseRule)
        else { return nil }
        self = check
    }

    /// In the order in which the rules are listed: cheap ones first.
    public func check(localName: RawSpan) throws(RegistrationError) {
        let bytes = localName.array
        let name = String(decoding: bytes, as: UTF8.self).unicodeScalars
        if let length = rules.length, !length.contains(name.count) { throw .nameLength }
        if let characters, !name.allSatisfy({ characters.contains($0.value, ignoresCase: ignoresCase) }) {
            throw .nameCharacters
        }
        if let pattern, !pattern.matches(name, ignoresCase: ignoresCase) { throw .namePattern }
        if let checkCharacter = rules.checkCharacter, !checkCharacter.isRight(in: bytes) { throw .nameCheckCharacter }
    }

    /// The rule that a name broke, by its name and with what it says.
    public func explanation(of error: RegistrationError) -> String {
        let name: String? =
            switch error {
            case .nameLength: "length"
            case .nameCharacters: "characters"
            case .namePattern: "pattern"
            case .nameCheckCharacter: "check-character"
            default: nil
            }
        guard let line = rules.lines.first(where: { $0.name == name }) else { return error.description }
        return "\(error.description): \(line.text)"
    }
}
