import BanyanTestSupport
import Foundation
import HandleProtocol
import LMDB
import Testing

@Suite("LMDB transactions")
struct TransactionTests {
    private let folder: TemporaryFolder
    private let environment: Environment
    private let table: Database

    init() throws {
        folder = try TemporaryFolder()
        environment = try Environment(directory: folder.path, access: .create, mapByteCount: 4 << 20)
        var transaction = WriteTransaction(environment)
        try transaction.begin()
        table = try transaction.makeDatabase("table")
        try transaction.commit()
    }

    @Test("a reader sees its own state until it is renewed, and never waits for the writer")
    func snapshot() throws {
        var reader = try ReadTransaction(environment)
        var writer = WriteTransaction(environment)
        try writer.begin()
        try writer.put([1].rawSpan, for: key(1).rawSpan, in: table)
        let own = try writer.value(for: key(1).rawSpan, in: table)?.array
        #expect(own == [1])
        // A new reader begins and reads while the writer is at work.
        #expect(try value(1) == nil)
        try writer.commit()
        let before = try reader.value(for: key(1).rawSpan, in: table)?.array
        #expect(before == nil)
        reader.reset()
        try reader.renew()
        let after = try reader.value(for: key(1).rawSpan, in: table)?.array
        #expect(after == [1])
    }

    @Test("what is aborted leaves nothing")
    func abort() throws {
        var writer = WriteTransaction(environment)
        try writer.begin()
        try writer.put([1].rawSpan, for: key(1).rawSpan, in: table)
        writer.abort()
        #expect(try value(1) == nil)
        try writer.begin()
        try writer.put([2].rawSpan, for: key(1).rawSpan, in: table)
        try writer.commit()
        #expect(try value(1) == [2])
    }

    @Test("reading a reset transaction fails and harms nothing")
    func reset() throws {
        var reader = try ReadTransaction(environment)
        reader.reset()
        #expect(reason { _ = try reader.value(for: key(1).rawSpan, in: table)?.byteCount } == .system(EINVAL))
        try reader.renew()
        #expect(reason { _ = try reader.value(for: key(1).rawSpan, in: table)?.byteCount } == nil)
        // Renewing what is not reset is refused.
        #expect(reason { try reader.renew() } == .system(EINVAL))
    }

    @Test("writing outside of a transaction, or beginning twice, is refused")
    func order() throws {
        var writer = WriteTransaction(environment)
        #expect(reason { try writer.put([1].rawSpan, for: key(1).rawSpan, in: table) } == .badTransaction)
        #expect(reason { try writer.commit() } == .badTransaction)
        try writer.begin()
        #expect(reason { try writer.begin() } == .badTransaction)
        try writer.commit()
    }

    @Test("a full map refuses the write, keeps what was there, and heals when there is room")
    func fullMap() throws {
        var writer = WriteTransaction(environment)
        try writer.begin()
        try writer.put([1].rawSpan, for: key(0).rawSpan, in: table)
        try writer.commit()
        try writer.begin()
        var number = 1
        var found: LMDBError?
        while found == nil, number < 10_000 {
            do throws(LMDBError) {
                try writer.put([UInt8](repeating: 2, count: 1_000).rawSpan, for: key(number).rawSpan, in: table)
            } catch {
                found = error
            }
            number += 1
        }
        #expect(found?.reason == .mapFull)
        #expect(found?.isOutOfRoom == true)
        writer.abort()
        #expect(try value(0) == [1])
        #expect(try value(1) == nil)
        try writer.begin()
        try writer.put([3].rawSpan, for: key(1).rawSpan, in: table)
        try writer.commit()
        #expect(try value(1) == [3])
    }

    @Test("keys have 1 to 511 bytes", arguments: [0, 1, 511, 512])
    func keySize(count: Int) throws {
        var writer = WriteTransaction(environment)
        try writer.begin()
        let key = [UInt8](repeating: 5, count: count)
        let found = reason { try writer.put([1].rawSpan, for: key.rawSpan, in: table) }
        #expect(found == ((1...Database.keyByteCountMax).contains(count) ? nil : .badKeySize))
    }

    @Test("appending out of order is refused")
    func append() throws {
        var writer = WriteTransaction(environment)
        try writer.begin()
        try writer.append([1].rawSpan, for: key(2).rawSpan, in: table)
        #expect(reason { try writer.append([1].rawSpan, for: key(1).rawSpan, in: table) } == .keyExists)
        try writer.append([1].rawSpan, for: key(3).rawSpan, in: table)
        let last = try writer.last(in: table)?.key.array
        #expect(last == key(3))
        let removed = try writer.remove(key(3).rawSpan, in: table)
        let again = try writer.remove(key(3).rawSpan, in: table)
        #expect(removed && !again)
    }

    @Test("a cursor walks in key order, from any key, both ways")
    func cursor() throws {
        var writer = WriteTransaction(environment)
        try writer.begin()
        for number in [50, 10, 30, 20, 40] { try writer.put(key(number).rawSpan, for: key(number).rawSpan, in: table) }
        try writer.commit()
        let reader = try ReadTransaction(environment)
        var cursor = try reader.cursor(in: table)
        var walked: [[UInt8]] = []
        while let entry = try cursor.next() { walked.append(entry.value.array) }
        #expect(walked == [10, 20, 30, 40, 50].map(key))
        let sought = try cursor.seek(key(25).rawSpan)?.key.array
        let before = try cursor.previous()?.key.array
        let exact = try cursor.seek(key(40).rawSpan)?.key.array
        let beyond = try cursor.seek(key(51).rawSpan)?.key.array
        let ends = (try cursor.first()?.key.array, try cursor.last()?.key.array)
        #expect(sought == key(30) && before == key(20) && exact == key(40) && beyond == nil)
        #expect(ends.0 == key(10) && ends.1 == key(50))
    }

    private func value(_ number: Int) throws -> [UInt8]? {
        let reader = try ReadTransaction(environment)
        return try reader.value(for: key(number).rawSpan, in: table)?.array
    }

    private func reason(_ body: () throws -> Void) -> LMDBError.Reason? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LMDBError)?.reason
        }
    }
}
