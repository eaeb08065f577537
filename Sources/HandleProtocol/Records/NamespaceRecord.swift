/// Data of an HS_NAMESPACE value: XML text with what holds for all names under a prefix. Kept as text here; who acts on
/// it reads it.
public struct NamespaceRecord: Equatable, Sendable {
    public var text: [UInt8]

    public init(text: [UInt8]) { self.text = text }

    public init(parsing bytes: RawSpan) throws(WireError) {
        guard UTF8Text.isValid(bytes) else { throw WireError(.malformed, field: "namespace text", offset: 0) }
        text = bytes.array
    }

    public func write(to writer: inout ByteWriter) { writer.write(raw: text) }
}
