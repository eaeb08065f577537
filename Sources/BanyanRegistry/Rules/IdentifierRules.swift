import BanyanIndex
import HandleProtocol

/// What the local names under a prefix must be like. Names that are there when rules are set stay.
public struct IdentifierRules: Equatable, Sendable {
    /// What the whole name must match; see `PatternParser` for what is understood.
    public var pattern: String?
    /// How many characters (Unicode scalars) it has.
    public var length: ClosedRange<Int>?
    /// Which characters may stand in it, as between the brackets of a pattern: `A-Z0-9-`.
    public var characters: String?
    /// How its last letter or digit is made.
    public var checkCharacter: CheckCharacter?
    /// How many identifiers there may be.
    public var quota: UInt64?

    public init() {}

    public var isEmpty: Bool { self == IdentifierRules() }

    /// As they are stored: a line for each rule, its name and what it says.
    public var bytes: [UInt8] { Array(lines.map { $0.name + " " + $0.text }.joined(separator: "\n").utf8) }

    /// Names and texts of the rules that there are.
    public var lines: [(name: String, text: String)] {
        var lines: [(name: String, text: String)] = []
        if let pattern { lines.append(("pattern", pattern)) }
        if let length { lines.append(("length", "\(length.lowerBound)..\(length.upperBound)")) }
        if let characters { lines.append(("characters", characters)) }
        if let checkCharacter { lines.append(("check-character", checkCharacter.rawValue)) }
        if let quota { lines.append(("quota", String(quota))) }
        return lines
    }

    /// - Throws: what is wrong with a rule, in words.
    public init(parsing bytes: [UInt8]) throws(RuleError) {
        guard bytes.count <= PrefixRow.rulesByteCountMax else { throw RuleError("rules", "they are too long") }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw RuleError(String(line), "it says nothing") }
            try set(String(parts[0]), to: String(parts[1]))
        }
    }

    /// Sets the rule of that name; an empty text, or `none`, ends it.
    public mutating func set(_ name: String, to text: String) throws(RuleError) {
        let isEnd = text.isEmpty || text == "none"
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw RuleError(name, "accepted: text without control characters")
        }
        switch name {
        case "pattern":
            if !isEnd { try RuleError.catching(name) { () throws(PatternError) in _ = try NamePattern(text) } }
            pattern = isEnd ? nil : text
        case "length":
            guard !isEnd else { return length = nil }
            length = try Self.length(text)
        case "characters":
            if !isEnd {
                try RuleError.catching(name) { () throws(PatternError) in
                    _ = try PatternParser.characterClass(text)
                }
            }
            characters = isEnd ? nil : text
        case "check-character":
            guard !isEnd else { return checkCharacter = nil }
            guard let known = CheckCharacter(rawValue: text) else {
                let names = CheckCharacter.allCases.map(\.rawValue).joined(separator: ", ")
                throw RuleError(name, "accepted: \(names), none")
            }
            checkCharacter = known
        case "quota":
            guard !isEnd else { return quota = nil }
            guard let count = UInt64(text), count > 0 else { throw RuleError(name, "accepted: a number from 1, none") }
            quota = count
        default: throw RuleError(name, "no such rule; accepted: pattern, length, characters, check-character, quota")
        }
    }

    private static func length(_ text: String) throws(RuleError) -> ClosedRange<Int> {
        let parts = text.split(separator: "..", omittingEmptySubsequences: false)
        guard parts.count <= 2, let least = Int(parts[0]), let most = Int(parts[parts.count - 1]),
            (1...Limits.handleByteCount).contains(least), (least...Limits.handleByteCount).contains(most)
        else { throw RuleError("length", "accepted: N or N..M, from 1 to 2048 characters") }
        return least...most
    }
}

/// What is wrong with a rule.
public struct RuleError: Error, Equatable, Sendable, CustomStringConvertible {
    public var rule: String
    public var reason: String

    init(_ rule: String, _ reason: String) {
        self.rule = rule
        self.reason = reason
    }

    public var description: String { "\(rule): \(reason)" }

    static func catching(_ rule: String, _ body: () throws(PatternError) -> Void) throws(RuleError) {
        do throws(PatternError) { try body() } catch { throw RuleError(rule, error.description) }
    }
}
