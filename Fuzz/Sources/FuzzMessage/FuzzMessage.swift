// A message that is read is written with the same bytes, and so are its body and its credential; what was written is
// read as the same. The first byte of the input says whether lengths are made right, so that bodies are reached.
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        guard input.byteCount > 0 else { return }
        let rest = input.extracting(droppingFirst: 1)
        switch input.byte(at: 0) & 3 {
        case 0: check(rest.array)
        case 1: check(repaired(rest, hasCredential: true))
        case 2: check(repaired(rest, hasCredential: false))
        default: checkStream(rest)
        }
    }
}

/// The bytes with the right length in the envelope and, where `hasCredential` is clear, a body to the end.
func repaired(_ input: RawSpan, hasCredential: Bool) -> [UInt8] {
    var bytes = input.array
    func put(_ value: Int, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index)) }
    }
    guard bytes.count >= Envelope.byteCount else { return bytes }
    put(bytes.count - Envelope.byteCount, at: 16)
    let bodyOffset = Envelope.byteCount + MessageHeader.byteCount
    if !hasCredential, bytes.count >= bodyOffset { put(bytes.count - bodyOffset, at: bodyOffset - 4) }
    return bytes
}

func check(_ bytes: [UInt8]) {
    if let sealed = try? SealedMessage(parsing: bytes.rawSpan) { require(sealed.bytes() == bytes, "sealed message") }
    guard let message = try? Message(parsing: bytes.rawSpan) else { return }
    let written = message.bytes()
    require(written == bytes, "message")
    require((try? Message(parsing: written.rawSpan)) == message, "message again")
    if let body = try? RequestBody(parsing: message) { require(body.bytes() == message.body, "request") }
    for digestAsked in [false, true] {
        if let answer = try? Answer(parsing: message, digestAsked: digestAsked) {
            require(answer.bytes() == message.body, "answer")
        }
    }
    if let credential = try? message.credential.parsed() {
        require(CredentialField(credential) == message.credential, "credential")
    }
}

/// Records of a replication stream, one after the other, with the length of what they were written as.
func checkStream(_ input: RawSpan) {
    var reader = ByteReader(input)
    var writer = ByteWriter()
    if let header = try? TransactionStreamHeader(parsing: &reader) {
        header.write(to: &writer)
        var read = reader.position
        while !reader.isAtEnd, let record = try? TransactionRecord(parsing: &reader, format: header.format) {
            record.write(to: &writer)
            read = reader.position
        }
        require(input.extracting(first: read).hasSameBytes(as: writer.bytes.rawSpan), "transactions")
    }
    var dump = ByteReader(input)
    var dumpWriter = ByteWriter()
    var read = 0
    while !dump.isAtEnd, let record = try? DumpRecord(parsing: &dump) {
        record.write(to: &dumpWriter)
        read = dump.position
    }
    require(input.extracting(first: read).hasSameBytes(as: dumpWriter.bytes.rawSpan), "dump")
    var node = ByteReader(input)
    var nodeWriter = ByteWriter()
    read = 0
    while !node.isAtEnd, let record = try? NodeRecord(parsing: &node) {
        record.write(to: &nodeWriter)
        read = node.position
    }
    require(input.extracting(first: read).hasSameBytes(as: nodeWriter.bytes.rawSpan), "node records")
}
