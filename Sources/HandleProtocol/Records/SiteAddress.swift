/// A server's address as site records hold it: 16 bytes. IPv4 stands in the last four behind twelve zero bytes, not
/// behind ::ffff as elsewhere (RFC 3651 §3.2.2).
public struct SiteAddress: Hashable, Sendable {
    /// Bytes 0 to 7, big-endian.
    public var high: UInt64
    /// Bytes 8 to 15, big-endian.
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(version4 address: UInt32) { self.init(high: 0, low: UInt64(address)) }

    /// Whether this is an IPv4 address: twelve zero bytes. `::` and `::1` read so too, and nobody advertises them.
    public var isVersion4: Bool { high == 0 && low <= UInt64(UInt32.max) }

    /// Whether the bytes are an IPv4 address behind `::ffff`, whose text reads as the plain address.
    var hasOddMapping: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The eight groups of 16 bits.
    private var groups: [UInt16] {
        [high, low].flatMap { half in (0..<4).map { UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * $0)) } }
    }
}

extension SiteAddress: LosslessStringConvertible {
    /// Dotted for IPv4, otherwise as RFC 5952 wants it.
    public var description: String {
        if isVersion4 { return (0..<4).map { String(low >> UInt64(24 - 8 * $0) & 0xFF) }.joined(separator: ".") }
        let groups = groups
        var zeros = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(zeros.count, 1) { zeros = start..<end }
            start = max(end, start) + 1
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !zeros.isEmpty else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    /// Reads both families; a mapped IPv4 address (`::ffff:192.0.2.1`) becomes plain IPv4.
    public init?(_ text: String) {
        guard text.contains(":") else {
            guard let address = Self.version4(text) else { return nil }
            self.init(version4: address)
            return
        }
        let halves = Self.halves(of: text)
        guard halves.count <= 2 else { return nil }
        var parts: [[UInt16]] = []
        for (position, half) in halves.enumerated() {
            guard let groups = Self.groups(half, mayEndDotted: position == halves.count - 1) else { return nil }
            parts.append(groups)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        guard parts.count == 1 ? count == 8 : count < 8 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - count)
        let groups = parts[0] + zeros + (parts.count == 2 ? parts[1] : [])
        self.init(
            high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) })
        if hasOddMapping { low &= 0xFFFF_FFFF }
    }

    /// What stands before and behind `::`.
    private static func halves(of text: String) -> [Substring] {
        var halves: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                halves.append(text[start..<index])
                start = text.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        halves.append(text[start...])
        return halves
    }

    private static func groups(_ text: Substring, mayEndDotted: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (position, word) in words.enumerated() {
            if word.contains(".") {
                guard mayEndDotted, position == words.count - 1, let address = version4(String(word)) else {
                    return nil
                }
                groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
            } else {
                guard (1...4).contains(word.utf8.count), word.utf8.first != UInt8(ascii: "+"),
                    let group = UInt16(word, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func version4(_ text: String) -> UInt32? {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 4 else { return nil }
        var address: UInt32 = 0
        for word in words {
            guard (1...3).contains(word.utf8.count), word.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let byte = UInt8(word)
            else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }
}
