import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Replication streams")
struct ReplicationStreamTests {
    static let vectors: [Vector] = ((try? Vectors.load("replication")) ?? []).filter {
        !$0.fields["stream"].isNull
    }

    @Test("every stream is what was recorded, and written as it was read", arguments: vectors)
    func stream(vector: Vector) throws {
        let bytes = try #require(vector.fields["stream_hex"].hex ?? vector.fields["stream_plaintext_hex"].hex)
        var reader = ByteReader(bytes.rawSpan)
        var writer = ByteWriter()
        var isSigned = false
        if vector.fields["stream_plaintext_hex"].isNull {
            let protection = try StreamProtection(parsing: &reader)
            protection.write(to: &writer)
            isSigned = protection.isSigned
            guard case .signed(let name) = protection else { throw VectorShape() }
            #expect(String(decoding: name, as: UTF8.self) == vector.fields["stream_digestAlg"].string)
        }
        let stream = vector.fields["stream"]
        let tree =
            stream["status"].isNull
            ? try dump(&reader, isSigned: isSigned, to: &writer)
            : try transactions(&reader, isSigned: isSigned, to: &writer)
        #expect(MessageTree.differences(tree, stream) == [])
        let isWhole = reader.isAtEnd
        #expect(isWhole)
        #expect(writer.bytes == bytes)
    }

    private func transactions(
        _ reader: inout ByteReader, isSigned: Bool, to writer: inout ByteWriter
    ) throws -> JSONTree {
        let header = try TransactionStreamHeader(parsing: &reader)
        header.write(to: &writer)
        let headerSignature = try signature(&reader, isSigned, &writer)
        var records: [JSONTree] = []
        while !reader.isAtEnd {
            let record = try TransactionRecord(parsing: &reader, format: header.format)
            record.write(to: &writer)
            var members = members(record)
            members["sig"] = try signature(&reader, isSigned, &writer)
            records.append(.object(members))
        }
        return .object([
            "formatVersion": .integer(Int64(header.format)), "status": .integer(Int64(header.status.rawValue)),
            "sig": headerSignature, "records": .array(records),
        ])
    }

    private func dump(_ reader: inout ByteReader, isSigned: Bool, to writer: inout ByteWriter) throws -> JSONTree {
        let format = try reader.readUInt32("dump format")
        #expect(format == DumpRecord.format)
        writer.write(format)
        let headerSignature = try signature(&reader, isSigned, &writer)
        var records: [JSONTree] = []
        while !reader.isAtEnd {
            let record = try DumpRecord(parsing: &reader)
            record.write(to: &writer)
            var members = members(record)
            if record.isSigned { members["sig"] = try signature(&reader, isSigned, &writer) }
            records.append(.object(members))
        }
        return .object([
            "formatVersion": .integer(Int64(format)), "sig": headerSignature, "records": .array(records),
        ])
    }

    private func signature(
        _ reader: inout ByteReader, _ isSigned: Bool, _ writer: inout ByteWriter
    ) throws -> JSONTree {
        guard isSigned else { return .null }
        let signature = try StreamSignature(parsing: &reader)
        signature.write(to: &writer)
        return MessageTree.string(signature.bytes)
    }

    private func members(_ record: TransactionRecord) -> [String: JSONTree] {
        switch record {
        case .transaction(let transaction):
            var members: [String: JSONTree] = [
                "type": .string("TXN"), "txnId": .integer(Int64(transaction.id)),
                "handle": .string(String(decoding: transaction.handle, as: UTF8.self)),
                "action": .integer(Int64(transaction.action.rawValue)), "date": .integer(Int64(transaction.date)),
            ]
            if transaction.action.carriesValues { members["values"] = values(transaction.values) }
            return members
        case .queue(let name): return ["type": .string("QUEUE"), "name": MessageTree.string(name)]
        case .queueDate(let date): return ["type": .string("QUEUE_DATE"), "date": .integer(Int64(date))]
        case .end(let date):
            return ["type": .string("END"), "sourceDate": date.map { .integer(Int64($0)) } ?? .null]
        }
    }

    private func members(_ record: DumpRecord) -> [String: JSONTree] {
        func text(_ bytes: [UInt8]) -> JSONTree { .string(String(decoding: bytes, as: UTF8.self)) }
        switch record {
        case .thisServer(let date, let id):
            return ["type": .string("THIS_SERVER"), "date": .integer(Int64(date)), "txnId": .integer(Int64(id))]
        case .handle(let name, let list):
            return ["type": .string("HANDLE"), "handle": text(name), "values": values(list)]
        case .homedPrefix(let handle): return ["type": .string("HOMED_PREFIX"), "handle": text(handle)]
        case .handleDate(let handle, let date, let priority):
            return [
                "type": .string("HANDLE_DATE"), "handle": text(handle), "date": .integer(Int64(date)),
                "priority": .integer(Int64(priority)),
            ]
        case .prefixDate(let handle, let date, let priority):
            return [
                "type": .string("PREFIX_DATE"), "handle": text(handle), "date": .integer(Int64(date)),
                "priority": .integer(Int64(priority)),
            ]
        case .otherServers(let table): return ["type": .string("OTHER_SERVERS"), "table": text(table)]
        case .end: return ["type": .string("DONE")]
        }
    }

    private func values(_ values: [HandleValue]) -> JSONTree {
        .array(
            values.map { value in
                var writer = ByteWriter()
                value.write(to: &writer)
                return MessageTree.string(writer.bytes)
            })
    }

    @Test("what no recording has is written and read again")
    func rare() throws {
        let records: [TransactionRecord] = [.queue(name: [0x71]), .queueDate(7), .end(sourceDate: nil)]
        for record in records {
            var writer = ByteWriter()
            record.write(to: &writer)
            let bytes = writer.bytes
            var reader = ByteReader(bytes.rawSpan)
            #expect(try TransactionRecord(parsing: &reader, format: 2) == record)
        }
        let dump: [DumpRecord] = [
            .handleDate(handle: [1], date: 2, priority: 3), .prefixDate(handle: [], date: 0, priority: 0),
            .otherServers([0x0A]),
        ]
        for record in dump {
            var writer = ByteWriter()
            record.write(to: &writer)
            let bytes = writer.bytes
            var reader = ByteReader(bytes.rawSpan)
            #expect(try DumpRecord(parsing: &reader) == record)
        }
        for protection in [StreamProtection.none, .tls, .unknown(9)] {
            var writer = ByteWriter()
            protection.write(to: &writer)
            let bytes = writer.bytes
            var reader = ByteReader(bytes.rawSpan)
            #expect(try StreamProtection(parsing: &reader) == protection)
            #expect(!protection.isSigned)
        }
    }

    @Test("a record of an unknown kind is malformed, at its own place")
    func unknown() {
        let bytes: [UInt8] = [9]
        #expect(throws: WireError(.malformed, field: "transaction record kind", offset: 0)) {
            var reader = ByteReader(bytes.rawSpan)
            _ = try TransactionRecord(parsing: &reader, format: 1)
        }
        #expect(throws: WireError(.malformed, field: "dump record kind", offset: 0)) {
            var reader = ByteReader(bytes.rawSpan)
            _ = try DumpRecord(parsing: &reader)
        }
    }
}
