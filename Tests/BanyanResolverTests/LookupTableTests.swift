import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Records in memory in front of the index")
struct LookupTableTests {
    private func request(_ handle: String) -> [UInt8] {
        var body = ByteWriter()
        body.write(handle)
        body.write(UInt32(0))
        body.write(UInt32(0))
        let header = MessageHeader(
            opCode: .resolution, flags: .usual, expiration: 0, bodyByteCount: UInt32(body.byteCount))
        var writer = ByteWriter()
        Envelope(requestID: 1, messageByteCount: UInt32(28 + body.byteCount)).write(to: &writer)
        header.write(to: &writer)
        writer.write(raw: body.bytes)
        writer.write(UInt32(0))
        return writer.bytes
    }

    private func value(_ text: String) -> [UInt8] {
        var writer = ByteWriter()
        HandleValue(index: 1, timestamp: 1, type: Array("DESC".utf8), data: Array(text.utf8)).write(to: &writer)
        return writer.bytes
    }

    /// The first value's text, nil when the handle is not found.
    private func text(_ response: [UInt8]) throws -> String? {
        let message = try Message(parsing: response.span.bytes)
        guard message.header.responseCode == .success else { return nil }
        let bytes = message.body
        var reader = ByteReader(bytes.span.bytes)
        _ = try reader.readBytes("handle")
        _ = try reader.readUInt32("count")
        return try String(decoding: HandleValue(parsing: &reader).data, as: UTF8.self)
    }

    @Test("no answer is older than the newest acknowledged write, whatever is created, changed and deleted")
    func neverStale() throws {
        // Small enough that entries are overwritten all the time.
        var node = try DatasetNode(tableByteCount: 1 << 17)
        var random = SeededGenerator(seed: 42)
        var truth: [String: String] = [:]
        for round in 0..<1_500 {
            let handle = "88.100.1/TABLE-\(random.next() % 400)"
            switch random.next() % 8 {
            case 0:
                let text = String(repeating: "x", count: Int(random.next() % 300)) + "\(round)"
                try node.submit(.put(handle: Array(handle.utf8), values: value(text)))
                truth[handle] = text
            case 1 where truth[handle] != nil:
                try node.submit(.delete(handle: Array(handle.utf8)))
                truth[handle] = nil
            default:
                let asked = random.next() % 2 == 0 ? handle : handle.lowercased()
                #expect(try text(node.answer(request(asked)).response) == truth[handle], "round \(round)")
            }
        }
    }

    @Test("answers with a table, over more names than it holds, are those without one", arguments: [1 << 16, 1 << 22])
    func sameAnswers(byteCount: Int) throws {
        var plain = try DatasetNode()
        var cached = try DatasetNode(tableByteCount: byteCount)
        let handles = try Vectors.load("dataset").compactMap { $0.fields["handle"].string }
        for _ in 0..<2 {
            for handle in handles {
                let request = request(handle)
                #expect(try cached.answer(request).response == plain.answer(request).response, "\(handle)")
            }
        }
    }
}
