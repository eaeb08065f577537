/// Characters that a pattern or a rule allows at one place: ranges of Unicode scalars, or all but those.
struct CharacterClass: Equatable, Sendable {
    private var ranges: [ClosedRange<UInt32>] = []
    private var isNegated = false

    /// Every character.
    static let any = CharacterClass(isNegated: true)
    static let digit = CharacterClass(ranges: [0x30...0x39])
    /// Letters and digits of ASCII, and `_`.
    static let word = CharacterClass(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F...0x5F])

    init(ranges: [ClosedRange<UInt32>] = [], isNegated: Bool = false) {
        self.ranges = ranges
        self.isNegated = isNegated
    }

    init(_ character: UInt32) { ranges = [character...character] }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func formUnion(_ other: CharacterClass) { ranges += other.ranges }

    mutating func negate() { isNegated.toggle() }

    /// - Parameter ignoresCase: A letter of ASCII stands for both its cases.
    func contains(_ character: UInt32, ignoresCase: Bool) -> Bool {
        var isListed = lists(character)
        if ignoresCase, !isListed, let other = Self.otherCase(of: character) { isListed = lists(other) }
        return isListed != isNegated
    }

    private func lists(_ character: UInt32) -> Bool { ranges.contains { $0.contains(character) } }

    private static func otherCase(of character: UInt32) -> UInt32? {
        switch character {
        case 0x41...0x5A: character + 0x20
        case 0x61...0x7A: character - 0x20
        default: nil
        }
    }
}
