/// A pattern as it is written, part by part.
indirect enum PatternNode: Sendable {
    case character(CharacterClass)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `most` nil: any number.
    case repeated(PatternNode, least: Int, most: Int?)
}

/// What is wrong with a pattern, and where.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The character that it was found at, from 1 on.
    public var column: Int
    public var reason: String

    public var description: String { "\(reason) (column \(column))" }
}

/// Reads a pattern. It knows: characters; `.`; `[A-Z0-9-]` and `[^…]`; `\d`, `\w`, and `\` in front of a sign that is
/// to stand for itself; `(…)` and `|`; `?`, `*`, `+`, `{N}`, `{N,}`, `{N,M}`. A pattern always means the whole name;
/// `^` at its beginning and `$` at its end may say so.
struct PatternParser {
    /// Groups in groups.
    static let depthMax = 32
    /// The largest number in braces.
    static let repetitionMax = 255

    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(text)
        let node = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw parser.error("a ) without its (") }
        return node
    }

    /// What may stand between brackets, such as `A-Z0-9-`.
    static func characterClass(_ text: String) throws(PatternError) -> CharacterClass {
        var parser = PatternParser(text)
        var characters = CharacterClass()
        while parser.next != nil { try parser.range(into: &characters) }
        return characters
    }

    private init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

    private var next: UInt32? { position < scalars.count ? scalars[position] : nil }

    private func isNext(_ sign: Character) -> Bool { next == sign.unicodeScalars.first?.value }

    private mutating func take(_ sign: Character) -> Bool {
        guard isNext(sign) else { return false }
        position += 1
        return true
    }

    private func error(_ reason: String) -> PatternError { PatternError(column: position + 1, reason: reason) }

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        guard depth < Self.depthMax else { throw error("too many groups in groups") }
        depth += 1
        defer { depth -= 1 }
        var alternatives = [try sequence()]
        while take("|") { alternatives.append(try sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let sign = next, !isNext("|"), !isNext(")") {
            if isNext("^"), position == 0 {
                position += 1
                continue
            }
            if isNext("$"), position == scalars.count - 1 {
                position += 1
                continue
            }
            let part = try part(beginningWith: sign)
            parts.append(try repetition(of: part))
        }
        return .sequence(parts)
    }

    private mutating func part(beginningWith sign: UInt32) throws(PatternError) -> PatternNode {
        switch sign {
        case Self.code("("):
            position += 1
            guard !isNext("?") else { throw error("groups of this kind are not known; write (…)") }
            let group = try alternatives()
            guard take(")") else { throw error("a ( without its )") }
            return group
        case Self.code("["): return .character(try bracketed())
        case Self.code("."):
            position += 1
            return .character(.any)
        case Self.code("\\"): return .character(try escaped())
        case Self.code("*"), Self.code("+"), Self.code("?"), Self.code("{"), Self.code("^"), Self.code("$"):
            throw error("this sign has nothing to belong to here; write \\ in front of it")
        default:
            position += 1
            return .character(CharacterClass(sign))
        }
    }

    private mutating func repetition(of part: PatternNode) throws(PatternError) -> PatternNode {
        let repeated: PatternNode
        if take("?") {
            repeated = .repeated(part, least: 0, most: 1)
        } else if take("*") {
            repeated = .repeated(part, least: 0, most: nil)
        } else if take("+") {
            repeated = .repeated(part, least: 1, most: nil)
        } else if take("{") {
            repeated = try counted(part)
        } else {
            return part
        }
        guard !isNext("?"), !isNext("*"), !isNext("+"), !isNext("{") else {
            throw error("a repetition of a repetition")
        }
        return repeated
    }

    private mutating func counted(_ part: PatternNode) throws(PatternError) -> PatternNode {
        let least = try number()
        var most: Int? = least
        if take(",") { most = isNext("}") ? nil : try number() }
        guard take("}") else { throw error("a { without its }") }
        guard most.map({ $0 >= least }) ?? true else { throw error("the second number is less than the first") }
        return .repeated(part, least: least, most: most)
    }

    private mutating func number() throws(PatternError) -> Int {
        var number = 0
        let start = position
        while let digit = next, (0x30...0x39).contains(digit) {
            number = number * 10 + Int(digit - 0x30)
            guard number <= Self.repetitionMax else { throw error("numbers here go up to \(Self.repetitionMax)") }
            position += 1
        }
        guard position > start else { throw error("a number is missing") }
        return number
    }

    private mutating func bracketed() throws(PatternError) -> CharacterClass {
        position += 1
        var characters = CharacterClass()
        let isNegated = take("^")
        repeat {
            guard next != nil else { throw error("a [ without its ]") }
            try range(into: &characters)
        } while !take("]")
        if isNegated { characters.negate() }
        return characters
    }

    /// One character, a range of them, or what `\d` and `\w` stand for.
    private mutating func range(into characters: inout CharacterClass) throws(PatternError) {
        if isNext("\\"), position + 1 < scalars.count,
            [Self.code("d"), Self.code("w")].contains(scalars[position + 1])
        {
            return characters.formUnion(try escaped())
        }
        let first = try single()
        let isRange = isNext("-") && position + 1 < scalars.count && scalars[position + 1] != Self.code("]")
        guard isRange else { return characters.insert(first...first) }
        position += 1
        let last = try single()
        guard first <= last else { throw error("a range that ends before it begins") }
        characters.insert(first...last)
    }

    private mutating func single() throws(PatternError) -> UInt32 {
        if take("\\") {
            guard let sign = next, !Self.isLetterOrDigit(sign) else { throw error("nothing that \\ may stand before") }
            position += 1
            return sign
        }
        guard let sign = next else { throw error("a character is missing") }
        position += 1
        return sign
    }

    private mutating func escaped() throws(PatternError) -> CharacterClass {
        position += 1
        guard let sign = next else { throw error("nothing stands behind \\") }
        position += 1
        switch sign {
        case Self.code("d"): return .digit
        case Self.code("w"): return .word
        case _ where Self.isLetterOrDigit(sign):
            position -= 1
            throw error("only \\d and \\w are known")
        default: return CharacterClass(sign)
        }
    }

    private static func isLetterOrDigit(_ sign: UInt32) -> Bool {
        (0x30...0x39).contains(sign) || (0x41...0x5A).contains(sign) || (0x61...0x7A).contains(sign)
    }

    private static func code(_ sign: Unicode.Scalar) -> UInt32 { sign.value }
}
