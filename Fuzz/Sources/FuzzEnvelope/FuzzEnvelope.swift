// An envelope and a header that are read are written with the same bytes; shorter input is an error.
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        if let envelope = try? Envelope(parsing: input) {
            var writer = ByteWriter()
            envelope.write(to: &writer)
            require(input.extracting(first: Envelope.byteCount).hasSameBytes(as: writer.bytes.rawSpan), "envelope")
        } else {
            require(input.byteCount < Envelope.byteCount, "only a short envelope is an error")
        }
        if let header = try? MessageHeader(parsing: input) {
            var writer = ByteWriter()
            header.write(to: &writer)
            require(input.extracting(first: MessageHeader.byteCount).hasSameBytes(as: writer.bytes.rawSpan), "header")
        } else {
            require(input.byteCount < MessageHeader.byteCount, "only a short header is an error")
        }
    }
}
