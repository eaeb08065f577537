/// An SM2 ciphertext in its two forms: OpenSSL's, a DER sequence of x, y, digest and ciphertext (GM/T 0009 §7.2), and
/// the clients', C1 ‖ C3 ‖ C2 with C1 = 04 ‖ x ‖ y (GB/T 32918.4 §6.1).
struct SM2Ciphertext {
    private var x: [UInt8]
    private var y: [UInt8]
    private var digest: [UInt8]
    private var ciphertext: [UInt8]

    private static let fieldByteCount = 32
    private static let digestByteCount = 32

    /// From C1 ‖ C3 ‖ C2.
    init(points bytes: [UInt8]) throws(OpenSSLError) {
        let head = 1 + 2 * Self.fieldByteCount
        guard bytes.count > head + Self.digestByteCount, bytes[0] == 4 else {
            throw OpenSSLError(refusing: "read an SM2 ciphertext")
        }
        x = Array(bytes[1..<(1 + Self.fieldByteCount)])
        y = Array(bytes[(1 + Self.fieldByteCount)..<head])
        digest = Array(bytes[head..<(head + Self.digestByteCount)])
        ciphertext = Array(bytes[(head + Self.digestByteCount)...])
    }

    init(der bytes: [UInt8]) throws(OpenSSLError) {
        var outer = DERReader(bytes[...])
        guard let content = outer.read(tag: 0x30), outer.isAtEnd else {
            throw OpenSSLError(refusing: "read an SM2 ciphertext")
        }
        var inner = DERReader(content)
        guard let x = inner.read(tag: 0x02), let y = inner.read(tag: 0x02), let digest = inner.read(tag: 0x04),
            let ciphertext = inner.read(tag: 0x04), inner.isAtEnd,
            let x = Self.padded(x), let y = Self.padded(y), digest.count == Self.digestByteCount
        else { throw OpenSSLError(refusing: "read an SM2 ciphertext") }
        self.x = x
        self.y = y
        self.digest = Array(digest)
        self.ciphertext = Array(ciphertext)
    }

    var points: [UInt8] { [4] + x + y + digest + ciphertext }

    var der: [UInt8] {
        let content =
            Self.element(0x02, Self.integer(x)) + Self.element(0x02, Self.integer(y)) + Self.element(0x04, digest)
            + Self.element(0x04, ciphertext)
        return Self.element(0x30, content)
    }

    /// The integer's bytes at the field's width; nil when it is too large.
    private static func padded(_ integer: ArraySlice<UInt8>) -> [UInt8]? {
        let digits = integer.drop { $0 == 0 }
        guard digits.count <= fieldByteCount else { return nil }
        return [UInt8](repeating: 0, count: fieldByteCount - digits.count) + digits
    }

    /// The shortest two's complement of a natural number.
    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = bytes.drop { $0 == 0 }
        guard let first = digits.first else { return [0] }
        return (first & 0x80 == 0 ? [] : [0]) + digits
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var digits: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            digits.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(digits.count)] + digits + content
    }
}

/// Reads elements of DER with tags of one byte and lengths of up to three (X.690 §8.1).
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next element's content; nil when it has another tag or is cut off.
    mutating func read(tag: UInt8) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let digits = rest.prefix(Int(first & 0x7F))
            guard (1...3).contains(digits.count), digits.count == Int(first & 0x7F) else { return nil }
            length = digits.reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(digits.count)
        }
        guard length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }
}
