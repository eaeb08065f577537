public import HandleProtocol
import OpenSSL

/// Under what a handle is stored: its folded name up to 510 bytes; a longer one cut to 479 bytes and followed by its
/// SHA-256, 511 bytes: so the two forms never meet, and names under one prefix stay one range.
///
/// One is made for each worker and set again for each request; setting allocates nothing.
public struct IndexKey: ~Copyable {
    public static let plainByteCountMax = 510
    public static let cutByteCount = 479

    /// The folded name, and behind it the cut key where the name is long.
    private var storage: ScratchBytes
    private var nameByteCount = 0
    private var prefixByteCount = 0
    private let digests: DigestContext

    public init() {
        storage = ScratchBytes(capacity: Limits.handleByteCount + 512)
        digests = DigestContext()
    }

    /// Takes a handle as it came. ASCII letters are folded by the rule; `X` without a slash becomes `0.NA/X`. False,
    /// and an empty key, when it is empty or has more than 2,048 bytes then.
    ///
    /// The rule belongs to the prefix, which is known only afterwards: set with `.insensitive`, look the prefix up, and
    /// set again where it says otherwise.
    public mutating func set(_ handle: RawSpan, caseRule: CaseRule) -> Bool {
        storage.removeAll()
        nameByteCount = 0
        prefixByteCount = 0
        let count = handle.byteCount
        guard count > 0 else { return false }
        guard count <= Limits.handleByteCount else { return setPrefixAlone(of: handle) }
        var slash = 0
        while slash < count, handle.byte(at: slash) != UInt8(ascii: "/") { slash &+= 1 }
        let isReserved = handle.byte(at: 0) == UInt8(ascii: "0") && handle.byte(at: 1) == UInt8(ascii: ".")
        if slash == count {
            guard count <= Limits.handleByteCount - 5 else { return false }
            storage.write(0x302E_4E41 as UInt32)  // 0.NA
            storage.write(UInt8(ascii: "/"))
            slash = 4
        }
        storage.write(raw: handle)
        nameByteCount = storage.byteCount
        prefixByteCount = slash
        let foldsAll = caseRule == .insensitive || isReserved || nameByteCount != count
        storage.fold(0..<(foldsAll ? nameByteCount : slash))
        if isCut { appendCutKey() }
        return true
    }

    /// Takes a name that has been folded before, such as one in the journal.
    public mutating func setFolded(_ name: RawSpan) -> Bool {
        storage.removeAll()
        nameByteCount = 0
        prefixByteCount = 0
        guard (1...Limits.handleByteCount).contains(name.byteCount) else { return false }
        storage.write(raw: name)
        nameByteCount = name.byteCount
        prefixByteCount = name.offset(of: UInt8(ascii: "/")) ?? nameByteCount
        if isCut { appendCutKey() }
        return true
    }

    private mutating func appendCutKey() {
        let digest = digests.digest(storage.bytes, algorithm: .sha256)
        storage.writeAgain(0..<Self.cutByteCount)
        storage.write(raw: digest.bytes)
    }

    /// Keeps what can be kept of a handle that is too long to have been registered: whose it would be.
    private mutating func setPrefixAlone(of handle: RawSpan) -> Bool {
        let start = handle.extracting(first: Limits.handleByteCount)
        guard let slash = start.offset(of: UInt8(ascii: "/")) else { return false }
        storage.write(raw: start.extracting(first: slash &+ 1))
        storage.fold(0..<storage.byteCount)
        nameByteCount = storage.byteCount
        prefixByteCount = slash
        return false
    }

    /// Turns the name `0.NA/P.x` into `0.NA/P`; false, and the name stays, when the prefix has no dot.
    public mutating func setToParent() -> Bool {
        guard isPrefixHandle, let dot = name.lastOffset(of: UInt8(ascii: ".")), dot > prefixByteCount &+ 1 else {
            return false
        }
        storage.truncate(to: dot)
        nameByteCount = dot
        if isCut { appendCutKey() }
        return true
    }

    /// Whether the name is a prefix's record, `0.NA/P`.
    public var isPrefixHandle: Bool { prefixByteCount == 4 && prefix.equalsIgnoringCase("0.NA") }

    /// The key: 1 to 511 bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting((isCut ? nameByteCount : 0)..<storage.byteCount) }
    }

    /// The whole folded name.
    public var name: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting(0..<nameByteCount) }
    }

    /// The name before its first slash.
    public var prefix: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting(0..<prefixByteCount) }
    }

    /// The name behind its first slash.
    public var localName: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting(min(prefixByteCount &+ 1, nameByteCount)..<nameByteCount) }
    }

    /// Whether the key is cut, so that the record must hold the name.
    public var isCut: Bool { nameByteCount > Self.plainByteCountMax }
}
