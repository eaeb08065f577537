import BanyanAdmin
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Streams to mirrors (operations 1001 and 1002)")
struct ReplicationTests {
    private static let node = Result { try RecordedJournal() }
    static let vectors: [Vector] = ((try? Vectors.load("replication")) ?? []).filter { !$0.request.isEmpty }

    @Test("each mirror gets the recorded answer and the recorded stream, byte for byte", arguments: vectors)
    func replay(vector: Vector) throws {
        let node = try Self.node.get()
        let administrator = vector.name == "dump-not-admin" ? nil : TestAdministrator.server
        let (answer, stream) = try node.stream(
            vector.request, as: administrator ?? TestAdministrator("300:0.NA/NOBODY", secret: "x"))
        guard administrator != nil else { return #expect(answer.header.responseCode == .notAdministrator) }
        let recorded = try Message(parsing: vector.response.rawSpan)
        #expect(answer.header.responseCode == recorded.header.responseCode)
        #expect(answer.body == recorded.body)
        // What the reference could not read it answers in a form of its own, with nothing of the request.
        guard let expected = vector.fields["stream_hex"].hex ?? vector.fields["stream_plaintext_hex"].hex else {
            return #expect(stream.isEmpty)
        }
        #expect(answer.envelope.version == recorded.envelope.version)
        #expect(answer.header.flags == recorded.header.flags)
        let isDump = vector.fields["stream"]["status"].isNull
        var live = StreamRecords(stream, isDump: isDump, isProtected: true)
        var other = StreamRecords(expected, isDump: isDump, isProtected: !vector.fields["stream_hex"].isNull)
        while let record = try live.next() {
            let recorded = try #require(try other.next())
            #expect(record.comparable == recorded.comparable)
            guard let signature = record.signature else { continue }
            if record.bytes == recorded.bytes, let other = recorded.signature {
                #expect(signature == other)
            } else {
                #expect(node.serverKey.isValid(signature, of: record.bytes, .digest(.sha1)))
            }
        }
        #expect(try other.next() == nil)
    }

    @Test("a mirror that has more than the server is told to fetch everything")
    func ahead() throws {
        let node = try Self.node.get()
        let vector = try Vectors.load("replication", name: "txn-log-up-to-date")
        var request = try Message(parsing: vector.request.rawSpan)
        var body = ByteWriter()
        TransactionsRequest(
            known: .position(transactionID: 1_000_000, date: 1_795_552_496_000),
            mirror: MirrorPosition(hashOption: .wholeHandle, serverCount: 1, position: 0)
        ).write(to: &body)
        request.body = body.bytes
        let (_, stream) = try node.stream(request.bytes(), as: .server)
        var reader = ByteReader(stream.rawSpan)
        _ = try StreamProtection(parsing: &reader)
        #expect(try TransactionStreamHeader(parsing: &reader).status == .dumpNeeded)
    }
}
