/// What went wrong, for people (RFC 3652 §3.3). Usually empty: the response code says what happened.
public struct ErrorBody: Equatable, Sendable {
    /// UTF-8; nil where the body is empty altogether, which some servers send.
    public var message: [UInt8]?
    public var surplus: [UInt8] = []

    public init(message: String = "") {
        self.message = Array(message.utf8)
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        guard !reader.isAtEnd else { return }
        message = try reader.readBytes("error message").array
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        guard let message else { return }
        writer.write(message)
        writer.write(raw: surplus)
    }
}
