/// A prefix, `88.118.8`: what stands before a handle's slash, and who is responsible for the names behind it
/// (RFC 3651 §2). Its own record is the handle `0.NA/88.118.8`. Folded, so that two spellings are equal.
public struct Prefix: Hashable, Sendable {
    public let bytes: [UInt8]

    /// The prefix of all prefix handles: `0.NA`.
    public static let namingAuthority = Prefix(unchecked: Array("0.NA".utf8))

    /// Reads `88.118.8` and `0.NA/88.118.8` alike. nil when it is empty, longer than 255 bytes, not UTF-8, or holds a
    /// slash or a NUL.
    public init?(_ name: [UInt8]) {
        let handle = Handle(name)
        guard handle.isPrefix else { return nil }
        let bytes = handle.localName
        guard (1...Limits.prefixByteCount).contains(bytes.count), !bytes.contains(UInt8(ascii: "/")),
            !bytes.contains(0), UTF8Text.isValid(bytes.rawSpan)
        else { return nil }
        self.init(unchecked: bytes)
    }

    public init?(_ name: String) { self.init(Array(name.utf8)) }

    init(unchecked bytes: [UInt8]) { self.bytes = bytes.map(HandleCase.fold) }

    /// `0.NA/88.118.8`.
    public var handle: Handle { Handle(Array("0.NA/".utf8) + bytes) }

    /// The prefix above: without the last dot and what follows. nil where no dot is left.
    public var parent: Prefix? {
        bytes.lastIndex(of: UInt8(ascii: ".")).map { Prefix(unchecked: Array(bytes[..<$0])) }
    }

    /// The prefixes above, the nearest first.
    public var ancestors: [Prefix] { Array(sequence(first: self, next: \.parent).dropFirst()) }

    /// Whether this stands somewhere below `other`.
    public func isDerived(from other: Prefix) -> Bool {
        bytes.count > other.bytes.count && bytes.starts(with: other.bytes)
            && bytes[other.bytes.count] == UInt8(ascii: ".")
    }
}

extension Prefix: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
