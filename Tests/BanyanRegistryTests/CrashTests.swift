import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import Foundation
import HandleProtocol
import Synchronization
import Testing

@Suite("Killed while writing, damaged while at rest")
struct CrashTests {
    @Test("a damaged record is not written over, and the others of its set are stored")
    func damage() throws {
        let folder = try TemporaryFolder()
        var set = ChangeSet(onConflict: .replace)
        set.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
        set.append(put("88.1/a", url("https://example.cn/damaged", timestamp: 5)))
        _ = try Registrar(directory: folder.path, access: .create).submit(set)
        var bytes = try folder.read("data.mdb")
        let needle = Array("https://example.cn/damaged".utf8)
        for start in 0..<bytes.count - needle.count where bytes[start] == needle[0] {
            if bytes[start..<start + needle.count].elementsEqual(needle) { bytes[start] ^= 1 }
        }
        try folder.write(bytes, to: "data.mdb")
        let registrar = try Registrar(directory: folder.path)
        set.removeAll()
        set.append(put("88.1/a", url("new")))
        set.append(put("88.1/b", url("new")))
        let result = try registrar.submit(set)
        #expect(result.rejections == [.init(ordinal: 0, error: .damagedRecord)] && result.created == 1)
    }

    @Test(
        "everything that was acknowledged is there, whole, after kill -9", arguments: FaultRounds.rounds(usual: 1))
    func kill(round: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            try CrashingWriter(path).run(endingAfter: 700)
        }
        let acknowledged = try String(decoding: folder.read("acknowledged"), as: UTF8.self)
            .split(separator: "\n").compactMap { Int($0) }
        #expect(acknowledged.count >= 700)
        let registrar = try Registrar(directory: path)
        let snapshot = try registrar.index.snapshot()
        var key = IndexKey()
        var missing: [Int] = []
        for number in acknowledged {
            _ = key.set(Array("88.1/\(number)".utf8).rawSpan, caseRule: .insensitive)
            var stored: [HandleValue]?
            if let record = try snapshot.record(for: key) { stored = try parse(record.values) }
            if stored != [url("\(number)", timestamp: 5)] { missing.append(number) }
        }
        #expect(missing == [])
        #expect(try Verification.verify(registrar.index).isSound)
        // The lock died with its holder, and writing goes on.
        var set = ChangeSet()
        set.append(put("88.1/after", url("x")))
        #expect(try registrar.submit(set).created == 1)
    }
}

/// Registers from several threads, writes down each acknowledged handle, and ends its process in the middle of it.
private final class CrashingWriter: Sendable {
    private let registrar: Registrar
    private let descriptor: Int32
    private let next = Atomic<Int>(0)
    private let acknowledged = Atomic<Int>(0)

    init(_ path: String) throws {
        registrar = try Registrar(directory: path, access: .create)
        descriptor = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var set = ChangeSet()
        set.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
        _ = try registrar.submit(set)
    }

    func run(endingAfter count: Int) throws {
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            while true {
                let number = next.add(1, ordering: .relaxed).oldValue
                var set = ChangeSet()
                set.append(put("88.1/\(number)", url("\(number)", timestamp: 5)))
                guard let result = try? registrar.submit(set), result.created == 1 else { continue }
                let line = "\(number)\n"
                _ = line.withCString { write(descriptor, $0, strlen($0)) }
                if acknowledged.add(1, ordering: .relaxed).newValue == count { Glibc.kill(getpid(), SIGKILL) }
            }
        }
    }
}
