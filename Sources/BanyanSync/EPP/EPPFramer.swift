/// Cuts a stream into EPP's data units (RFC 5734 §4): four bytes with the total length, themselves included, then the
/// document.
public struct EPPFramer: Sendable {
    public static let headerByteCount = 4

    /// Why a stream cannot be cut any further.
    public enum Failure: Error, Equatable, Sendable {
        /// Shorter than its own header, or longer than anybody here sends.
        case length
    }

    private let documentByteCountMax: Int
    private var buffer: [UInt8] = []

    /// Memory grows with what has come, never with what was announced.
    public init(documentByteCountMax: Int = XMLTree.byteCountMax) {
        self.documentByteCountMax = documentByteCountMax
    }

    public mutating func append(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// Whether a unit has begun and is not whole.
    public var isInsideUnit: Bool { !buffer.isEmpty }

    /// The next document; nil until it is whole.
    public mutating func next() throws(Failure) -> [UInt8]? {
        guard buffer.count >= Self.headerByteCount else { return nil }
        let length = buffer[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length > Self.headerByteCount, length - Self.headerByteCount <= documentByteCountMax else {
            throw .length
        }
        guard buffer.count >= length else { return nil }
        defer { buffer.removeFirst(length) }
        return Array(buffer[Self.headerByteCount..<length])
    }

    /// A document with its length in front.
    public static func unit(of document: [UInt8]) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: document.count + headerByteCount)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + document
    }
}
