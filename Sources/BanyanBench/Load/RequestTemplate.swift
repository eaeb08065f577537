import HandleProtocol

/// Resolution requests that differ in handle and request id only, written without allocation (RFC 3652 §3.2.1).
struct RequestTemplate: Sendable {
    private static let fixedByteCount = Envelope.byteCount + MessageHeader.byteCount + 16
    private let flags: OpFlags
    private let expiration: UInt32

    /// `keepAlive`: several requests on one connection. Expiration is far ahead: servers ignore it in requests.
    init(keepAlive: Bool) {
        flags = keepAlive ? [.usual, .keepAlive] : .usual
        expiration = UInt32(Int32.max)
    }

    /// Bytes of the whole request, envelope included.
    func byteCount(of handle: ArraySlice<UInt8>) -> Int { RequestTemplate.fixedByteCount + handle.count }

    /// False when the output has less than `byteCount(of:)` free.
    @_lifetime(output: copy output)
    func write(_ handle: ArraySlice<UInt8>, requestID: UInt32, to output: inout OutputRawSpan) -> Bool {
        guard output.freeCapacity >= byteCount(of: handle) else { return false }
        let (envelope, header) = heads(handle, requestID)
        // Handle; no index, no type; no credential.
        return envelope.write(to: &output) && header.write(to: &output) && output.write(handle.rawSpan)
            && output.write(UInt32(0)) && output.write(UInt32(0)) && output.write(UInt32(0))
    }

    /// As `write`, for where allocating does not matter.
    func bytes(_ handle: ArraySlice<UInt8>, requestID: UInt32) -> [UInt8] {
        var writer = ByteWriter(capacity: byteCount(of: handle))
        let (envelope, header) = heads(handle, requestID)
        envelope.write(to: &writer)
        header.write(to: &writer)
        writer.write(Array(handle))
        for _ in 0..<3 { writer.write(UInt32(0)) }
        return writer.bytes
    }

    private func heads(_ handle: ArraySlice<UInt8>, _ requestID: UInt32) -> (Envelope, MessageHeader) {
        let messageByteCount = UInt32(truncatingIfNeeded: byteCount(of: handle) - Envelope.byteCount)
        let header = MessageHeader(
            opCode: .resolution, flags: flags, expiration: expiration,
            bodyByteCount: messageByteCount - UInt32(MessageHeader.byteCount) - 4)
        return (Envelope(requestID: requestID, messageByteCount: messageByteCount), header)
    }
}
