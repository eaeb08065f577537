/// A pattern that names are compared with, as a program of steps that all places in the pattern take together: the time
/// is bounded by the name's length times the pattern's, whatever either is.
struct NamePattern: Sendable {
    /// Longest pattern in bytes, and most steps that it may come to.
    static let byteCountMax = 512
    static let stepCountMax = 2_048
    /// Most parts that are looked at, repeated ones each time: what is empty makes no steps, but takes time.
    static let partCountMax = 20_000

    private enum Step {
        case character(CharacterClass)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private var steps: [Step] = []
    private var partCount = 0

    init(_ text: String) throws(PatternError) {
        guard text.utf8.count <= Self.byteCountMax else {
            throw PatternError(column: 1, reason: "a pattern has at most \(Self.byteCountMax) bytes")
        }
        try append(PatternParser.parse(text))
        steps.append(.match)
    }

    private mutating func append(_ node: PatternNode) throws(PatternError) {
        partCount += 1
        guard steps.count < Self.stepCountMax, partCount <= Self.partCountMax else {
            throw PatternError(column: 1, reason: "the pattern's repetitions come to too much")
        }
        switch node {
        case .character(let characters): steps.append(.character(characters))
        case .sequence(let parts): for part in parts { try append(part) }
        case .alternatives(let alternatives): try append(alternatives[...])
        case .repeated(let part, let least, let most):
            for _ in 0..<least { try append(part) }
            guard let most else { return try appendLoop(of: part) }
            var exits: [Int] = []
            for _ in least..<most {
                exits.append(steps.count)
                steps.append(.match)
                try append(part)
            }
            for exit in exits { steps[exit] = .split(exit + 1, steps.count) }
        }
    }

    private mutating func append(_ alternatives: ArraySlice<PatternNode>) throws(PatternError) {
        var ends: [Int] = []
        for (position, alternative) in alternatives.enumerated() {
            guard position < alternatives.count - 1 else {
                try append(alternative)
                break
            }
            let split = steps.count
            steps.append(.match)
            try append(alternative)
            ends.append(steps.count)
            steps.append(.match)
            steps[split] = .split(split + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    private mutating func appendLoop(of part: PatternNode) throws(PatternError) {
        let split = steps.count
        steps.append(.match)
        try append(part)
        steps.append(.jump(split))
        steps[split] = .split(split + 1, steps.count)
    }

    /// Whether the whole name is as the pattern says.
    func matches(_ name: String.UnicodeScalarView, ignoresCase: Bool) -> Bool {
        var places = Places(count: steps.count)
        var following = Places(count: steps.count)
        add(0, to: &places)
        for character in name {
            following.removeAll()
            for place in places.list {
                guard case .character(let characters) = steps[place],
                    characters.contains(character.value, ignoresCase: ignoresCase)
                else { continue }
                add(place + 1, to: &following)
            }
            guard !following.list.isEmpty else { return false }
            swap(&places, &following)
        }
        return places.list.contains { if case .match = steps[$0] { true } else { false } }
    }

    /// Adds a place, and where it leads to without taking a character; each at most once.
    private func add(_ place: Int, to places: inout Places) {
        var open = [place]
        while let next = open.popLast() {
            guard places.insert(next) else { continue }
            switch steps[next] {
            case .split(let one, let other): open += [other, one]
            case .jump(let target): open.append(target)
            case .character, .match: break
            }
        }
    }

    /// The steps that wait for the next character.
    private struct Places {
        private(set) var list: [Int] = []
        private var isThere: [Bool]

        init(count: Int) { isThere = Array(repeating: false, count: count) }

        mutating func insert(_ place: Int) -> Bool {
            guard !isThere[place] else { return false }
            isThere[place] = true
            list.append(place)
            return true
        }

        mutating func removeAll() {
            for place in list { isThere[place] = false }
            list.removeAll(keepingCapacity: true)
        }
    }
}
