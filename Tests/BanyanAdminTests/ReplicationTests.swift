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

/// A stream record by record, each with its signature.
struct StreamRecords {
    struct Record: Equatable {
        /// As it is signed.
        var bytes: [UInt8]
        /// Without the sender's clock, and without the spelling of a prefix that was homed, which is folded here.
        var comparable: [UInt8]
        var signature: [UInt8]?
    }

    private let bytes: [UInt8]
    private var offset = 0
    private let isDump: Bool
    private var isSigned = false
    private var hasBegun = false

    /// - Parameter isProtected: whether the stream begins with what says how it is protected.
    init(_ bytes: [UInt8], isDump: Bool, isProtected: Bool) {
        self.bytes = bytes
        self.isDump = isDump
        guard isProtected else { return }
        var reader = ByteReader(bytes.rawSpan)
        guard let protection = try? StreamProtection(parsing: &reader) else { return }
        isSigned = protection.isSigned
        offset = reader.position
    }

    mutating func next() throws -> Record? {
        guard offset < bytes.count else { return nil }
        let rest = Array(bytes[offset...])
        var reader = ByteReader(rest.rawSpan)
        var comparable = ByteWriter()
        var isRecordSigned = true
        if !hasBegun {
            if isDump {
                comparable.write(try reader.readUInt32("format"))
            } else {
                try TransactionStreamHeader(parsing: &reader).write(to: &comparable)
            }
            hasBegun = true
        } else if isDump {
            let record = try DumpRecord(parsing: &reader)
            isRecordSigned = record.isSigned
            var same = record
            // The settings that make the journal whole come behind what was recorded.
            if case .thisServer = record { same = .thisServer(date: 0, lastTransactionID: 0) }
            same.write(to: &comparable)
        } else {
            switch try TransactionRecord(parsing: &reader, format: 1) {
            case .end(let date): TransactionRecord.end(sourceDate: date == 1_000 ? date : 0).write(to: &comparable)
            case .transaction(var transaction):
                if !transaction.action.carriesValues, transaction.action != .deleteHandle {
                    transaction.handle = HandleCase.folded(transaction.handle)
                }
                TransactionRecord.transaction(transaction).write(to: &comparable)
            case let record: record.write(to: &comparable)
            }
        }
        let own = Array(rest[..<reader.position])
        let signature = isSigned && isRecordSigned ? try StreamSignature(parsing: &reader).bytes : nil
        offset += reader.position
        return Record(bytes: own, comparable: comparable.bytes, signature: signature)
    }
}
