/// A handle: prefix, slash, local name (RFC 3651 §2). The first slash counts; the local name may hold more.
///
/// Bytes are as they came: names are UTF-8 by the book, and are looked up whatever they are. Two spellings of one name
/// are two values here; `HandleCase.folded` makes them one.
public struct Handle: Hashable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }

    private var slash: Int? { bytes.firstIndex(of: UInt8(ascii: "/")) }

    /// What stands before the first slash; `0.NA` for a name without one, which is a prefix.
    public var prefix: Prefix {
        guard let slash else { return .namingAuthority }
        return Prefix(unchecked: Array(bytes[..<slash]))
    }

    /// What stands behind the first slash; the whole name where there is none.
    public var localName: [UInt8] {
        guard let slash else { return bytes }
        return Array(bytes[(slash + 1)...])
    }

    /// The handle of the prefix that is responsible, folded: `0.NA/P` for `P/s`, `0.NA/0.NA` for every prefix.
    public var prefixHandle: Handle { prefix.handle }

    /// Whether this names a prefix: `0.NA/P`, in any case, or `P` alone.
    public var isPrefix: Bool { slash == nil || prefix == .namingAuthority }

    /// Whether this is a prefix handle, written as such, below another prefix: a dot follows the slash.
    public var isDerivedPrefix: Bool { slash != nil && isPrefix && localName.contains(UInt8(ascii: ".")) }

    /// The prefix handle above a derived one, folded: the last dot and what follows are dropped.
    public var parent: Handle? {
        guard isDerivedPrefix else { return nil }
        return Prefix(unchecked: localName).parent?.handle
    }

    /// The name as it is stored and looked up.
    public func folded(_ rule: CaseRule = .insensitive) -> Handle { Handle(HandleCase.folded(bytes, rule: rule)) }

    /// Whether the store takes this name: UTF-8 without NUL, 1 to 2,048 bytes, and a prefix of at most 255.
    public var isStorable: Bool {
        (1...Limits.handleByteCount).contains(bytes.count) && prefix.bytes.count <= Limits.prefixByteCount
            && !bytes.contains(0) && UTF8Text.isValid(bytes.rawSpan)
    }
}

extension Handle: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ValueReference {
    /// Whether this reference in a record stands for `identity`: the same index, or 0 here for any; prefixes and whole
    /// handles that begin with `0.` without regard to ASCII case, other local names exactly.
    public func stands(for identity: ValueReference) -> Bool {
        guard index == 0 || index == identity.index else { return false }
        return HandleCase.folded(handle, rule: .sensitiveLocalName)
            == HandleCase.folded(identity.handle, rule: .sensitiveLocalName)
    }
}

extension ValueReference: CustomStringConvertible {
    /// `INDEX:HANDLE`, as administrators are named on command lines and in batch files; nil for any other text, and for
    /// an index above 2,147,483,647.
    public init?(text: RawSpan) {
        guard let colon = text.offset(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.byteCount,
            text.byte(at: 0) != UInt8(ascii: "-"), let value = JSONReader.integer(text.extracting(0..<colon)),
            let index = Int32(exactly: value)
        else { return nil }
        self.init(handle: text.extracting((colon + 1)..<text.byteCount).array, index: UInt32(index))
    }

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(text: bytes.rawSpan)
    }

    public var description: String { "\(index):" + String(decoding: handle, as: UTF8.self) }
}
