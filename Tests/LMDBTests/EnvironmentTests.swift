import BanyanTestSupport
import Foundation
import HandleProtocol
import LMDB
import Testing

@Suite("LMDB environments")
struct EnvironmentTests {
    @Test("a directory is open once in a process, whatever its path is called")
    func openedOnce() throws {
        let folder = try TemporaryFolder()
        var first: Environment? = try Environment(directory: folder.path, access: .create)
        #expect(throws: LMDBError.self) { try Environment(directory: folder.path + "/.", access: .readOnly) }
        let reason = reasonOfOpening(folder.path)
        #expect(reason == .alreadyOpen)
        withExtendedLifetime(first) {}
        first = nil
        #expect(reasonOfOpening(folder.path) == nil)
    }

    @Test("a failed open leaves the directory free")
    func failedOpen() throws {
        let folder = try TemporaryFolder()
        #expect(reasonOfOpening(folder.path) == .system(ENOENT))
        _ = try Environment(directory: folder.path, access: .create)
    }

    @Test("what is no LMDB file is refused")
    func otherFile() throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 7, count: 16_384), to: "data.mdb")
        #expect(reasonOfOpening(folder.path) == .notLMDB)
    }

    @Test("a file that lost its end is refused before it is read")
    func truncated() throws {
        let folder = try TemporaryFolder()
        try fill(folder, count: 1_000)
        let bytes = try folder.read("data.mdb")
        try folder.write(Array(bytes.prefix(bytes.count - 4_096)), to: "data.mdb")
        #expect(reasonOfOpening(folder.path) == .truncated)
        try folder.write(bytes, to: "data.mdb")
        #expect(reasonOfOpening(folder.path) == nil)
    }

    @Test("the data file is closed on exec")
    func closedOnExec() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(directory: folder.path, access: .create)
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
            return target?.hasPrefix(folder.path) == true ? Int32(name) : nil
        }
        #expect(!descriptors.isEmpty)
        #expect(descriptors.allSatisfy { fcntl($0, F_GETFD) & FD_CLOEXEC != 0 })
        withExtendedLifetime(environment) {}
    }

    @Test("the map is as large as the file system, from 64 GiB to 1 TiB")
    func mapSize() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(directory: folder.path, access: .create)
        let size = try environment.statistics().mapByteCount
        #expect(Environment.mapByteCounts.contains(size))
    }

    @Test("the file system of temporary files is a local one")
    func localFileSystem() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(directory: folder.path, access: .create)
        #expect(try environment.isOnLocalFileSystem())
        let (free, total) = try environment.fileSystemByteCounts()
        #expect(free > 0 && free <= total)
    }

    @Test("one reader too many is refused, and the next is not once one has gone")
    func tooManyReaders() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(directory: folder.path, access: .create)
        var readers: [Reader] = []
        var reason: LMDBError.Reason?
        while reason == nil, readers.count <= Environment.readerCountMax {
            do throws(LMDBError) { readers.append(try Reader(environment)) } catch { reason = error.reason }
        }
        #expect(reason == .readersFull)
        #expect(readers.count == Environment.readerCountMax)
        readers.removeLast()
        #expect(throws: Never.self) { readers.append(try Reader(environment)) }
    }

    @Test("the right to write is given once, and again when it is given back")
    func directoryLock() throws {
        let folder = try TemporaryFolder()
        var lock: DirectoryLock? = try DirectoryLock(directory: folder.path)
        do throws(LMDBError) {
            _ = try DirectoryLock(directory: folder.path)
            Issue.record("a second lock was given")
        } catch {
            #expect(error.reason == .alreadyOpen)
        }
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(throws: Never.self) { try DirectoryLock(directory: folder.path) }
    }

    @Test("CRC-32C has its known value, whole and in parts")
    func checksum() {
        let digits = Array("123456789".utf8)
        #expect(digits.rawSpan.crc32c() == 0xE306_9283)
        for split in 0...digits.count {
            let first = Array(digits[..<split]).rawSpan.crc32c()
            #expect(Array(digits[split...]).rawSpan.crc32c(continuing: first) == 0xE306_9283)
        }
    }

    private func reasonOfOpening(_ path: String) -> LMDBError.Reason? {
        do throws(LMDBError) {
            _ = try Environment(directory: path, access: .readWrite)
            return nil
        } catch {
            return error.reason
        }
    }

    private func fill(_ folder: TemporaryFolder, count: Int) throws {
        let environment = try Environment(directory: folder.path, access: .create)
        var transaction = WriteTransaction(environment)
        try transaction.begin()
        let table = try transaction.makeDatabase("table")
        for number in 0..<count {
            try transaction.put([UInt8](repeating: 1, count: 100).rawSpan, for: key(number).rawSpan, in: table)
        }
        try transaction.commit()
    }
}

/// A read transaction that an array can hold.
final class Reader {
    var transaction: ReadTransaction

    init(_ environment: Environment) throws(LMDBError) { transaction = try ReadTransaction(environment) }
}

/// Eight bytes that sort as the numbers do.
func key(_ number: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt64(number))
    return writer.bytes
}
