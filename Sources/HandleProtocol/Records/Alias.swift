/// Data of HS_ALIAS and HS_SERV values: the name of another handle, as text. An alias is followed by clients, never by
/// servers; HS_SERV names the handle that holds the sites of a service.
public struct Alias: Equatable, Sendable {
    public var target: Handle

    public init(target: Handle) { self.target = target }

    public init(parsing bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount > 0 else { throw WireError(.truncated, field: "alias", offset: 0) }
        guard bytes.byteCount <= Limits.handleByteCount else {
            throw WireError(.outOfRange, field: "alias", offset: 0)
        }
        target = Handle(bytes.array)
    }

    public func write(to writer: inout ByteWriter) { writer.write(raw: target.bytes) }
}
