import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import Foundation
import HandleProtocol
import Synchronization
import Testing

@Suite("Registrar: the one way to write")
struct RegistrarTests {
    @Test("a registration is there when its result is")
    func registration() throws {
        let registry = try TestRegistry()
        let result = try registry.submit([put("88.100.1/a", url("https://example.cn/1", timestamp: 7))])
        #expect(result.created == 1 && result.rejections.isEmpty)
        #expect(result.journalHead == 2)
        #expect(try registry.values(of: "88.100.1/A") == [url("https://example.cn/1", timestamp: 7)])
    }

    @Test("a directory has one registrar")
    func lock() throws {
        let registry = try TestRegistry()
        #expect(throws: RegistrarError.inUse) { try Registrar(directory: registry.folder.path) }
        #expect(RegistrarError.inUse.description == "the data directory is in use by another node")
    }

    @Test("one that is let go of by an answer, on the thread that commits, ends and gives its directory back")
    func lastHeldByAnswer() throws {
        let folder = try TemporaryFolder()
        for round in 0..<20 {
            var registrar: Registrar? = try Self.opened(folder.path, isNew: round == 0)
            var set = ChangeSet(onConflict: .replace)
            set.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
            set.append(put("88.1/A", url("\(round)")))
            let answered = DispatchSemaphore(value: 0)
            let released = DispatchSemaphore(value: 0)
            try registrar?.submit(set) { [held = registrar] _ in
                answered.signal()
                released.wait()
                withExtendedLifetime(held) {}
            }
            answered.wait()
            registrar = nil
            released.signal()
        }
        let registrar = try Self.opened(folder.path, isNew: false)
        #expect(try registrar.index.snapshot().journalHead().sequence > 20)
    }

    /// Tries until the one before has given the directory back.
    private static func opened(_ path: String, isNew: Bool) throws -> Registrar {
        while true {
            do throws(RegistrarError) {
                return try Registrar(directory: path, access: isNew ? .create : .readWrite)
            } catch .inUse {
                sched_yield()
            } catch .index(.store) {
                // This process still has it open.
                sched_yield()
            }
        }
    }

    @Test("closing does what waits; later sets are refused, and the directory can be opened again")
    func close() throws {
        let folder = try TemporaryFolder()
        do {
            let registrar = try Registrar(directory: folder.path, access: .create)
            var set = ChangeSet()
            set.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
            let submission = try registrar.enqueue(set)
            registrar.close()
            #expect(try submission.wait().created == 1)
            #expect(throws: SubmissionError.closed) { try registrar.submit(set) }
        }
        let registrar = try Registrar(directory: folder.path)
        #expect(try registrar.index.snapshot().prefixes().count == 1)
    }

    @Test("each of many submitters gets the result of its own set")
    func groupCommit() async throws {
        let registry = try TestRegistry()
        let registrar = registry.registrar
        let created: Int = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var created = 0
                    for number in 0..<50 {
                        var set = ChangeSet()
                        // Every second handle is the worker's own, the others are everybody's.
                        let name = number % 2 == 0 ? "88.100.1/\(worker)-\(number)" : "88.100.1/all-\(number)"
                        set.append(put(name, url("https://example.cn/\(worker)")))
                        let result = try registrar.submit(set)
                        #expect(result.created + result.rejections.count == 1)
                        created += result.created
                    }
                    return created
                }
            }
            return try await group.reduce(0) { $0 + $1 }
        }
        #expect(created == 225)
        #expect(try Verification.verify(registrar.index).isSound)
        #expect(try registrar.index.statistics().recordCount == 225)
    }

    @Test("an observer is told of every changed key before its batch is committed, and of the batch after it")
    func observer() throws {
        let observer = RecordingObserver()
        let folder = try TemporaryFolder()
        let registrar = try Registrar(directory: folder.path, access: .create, observer: observer)
        var set = ChangeSet()
        set.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
        set.append(put("88.1/a", url("x")))
        set.append(put("88.2/a", url("x")))
        set.append(put("88.1/b", url("x")))
        _ = try registrar.submit(set)
        let events = observer.events.withLock { $0 }
        #expect(events == ["will 1 88.1/A 88.1/B", "did 1"])
    }

    @Test("a source goes on where its last committed set ended")
    func checkpoint() throws {
        let registry = try TestRegistry()
        let source = SourceIdentity(bytes: Array("input".utf8))
        #expect(try registry.registrar.checkpoint(for: source) == nil)
        var set = ChangeSet(checkpoint: Checkpoint(source: source, position: 0))
        for (number, position) in [(1, 4_096), (2, 9_000)] as [(Int, UInt64)] {
            set.append(put("88.100.1/\(number)", url("x")))
            set.setCheckpointPosition(position)
            _ = try registry.registrar.submit(set)
            #expect(try registry.registrar.checkpoint(for: source) == position)
            set.removeAll()
        }
        #expect(try registry.registrar.checkpoint(for: SourceIdentity(bytes: Array("other".utf8))) == nil)
    }

    @Test("the journal's old end is removed, and what is left is proven; earlier times are not answered for")
    func trimming() throws {
        let registry = try TestRegistry()
        for text in ["one", "two", "three"] {
            _ = try registry.submit([put("88.100.1/a", url(text))], onConflict: .replace)
        }
        _ = try registry.submit([put("88.100.1/b", url("x"))])
        #expect(try registry.submit([.trimJournal(before: 1)]).unchanged == 1)
        #expect(try registry.submit([.trimJournal(before: .max)]).deleted == 1)
        #expect(try registry.submit([.trimJournal(before: .max)]).unchanged == 1)
        let snapshot = try registry.registrar.index.snapshot()
        let (base, head) = (try snapshot.journalBase(), try snapshot.journalHead())
        #expect(base.sequence == 4 && head.sequence == 5)
        #expect(try registry.registrar.index.statistics().journalCount == 1)
        var key = IndexKey()
        _ = key.set(Array("88.100.1/a".utf8).rawSpan, caseRule: .insensitive)
        let now = try snapshot.record(for: key, at: head.time)?.valueCount
        #expect(now == 1)
        do throws(IndexError) {
            _ = try snapshot.record(for: key, at: base.time - 1)?.valueCount
            Issue.record("a time before the journal was answered for")
        } catch {
            #expect(error == .historyUnavailable(since: base.time))
        }
        #expect(try registry.submit([put("88.100.1/c", url("x"))]).journalHead == 6)
        #expect(throws: Never.self) { try registry.registrar.trimJournal(before: base.time) }
        let report = try Verification.verify(registry.registrar.index)
        #expect(report.isSound && report.journalCount == 2)
    }

    @Test("a full map refuses the set whole, reads go on, and a smaller set succeeds")
    func fullMap() throws {
        let folder = try TemporaryFolder()
        let registrar = try Registrar(directory: folder.path, access: .create, mapByteCount: 2 << 20)
        var home = ChangeSet()
        home.append(.home(prefix: Array("88.1".utf8), caseRule: .insensitive))
        home.append(put("88.1/first", url("x")))
        _ = try registrar.submit(home)
        var large = ChangeSet()
        for number in 0..<1_000 { large.append(put("88.1/\(number)", url(String(repeating: "x", count: 2_000)))) }
        #expect(throws: SubmissionError.outOfRoom) { try registrar.submit(large) }
        #expect(!registrar.isReadOnly)
        #expect(try registrar.index.statistics().recordCount == 1)
        var small = ChangeSet()
        small.append(put("88.1/second", url("x")))
        #expect(try registrar.submit(small).created == 1)
        #expect(try Verification.verify(registrar.index).isSound)
    }

    @Test("a reader's snapshot stays as it is while changes are committed")
    func readers() throws {
        let registry = try TestRegistry()
        var snapshot = try registry.registrar.index.snapshot()
        let before = try snapshot.journalHead().sequence
        for number in 0..<20 { _ = try registry.submit([put("88.100.1/\(number)", url("x"))]) }
        let during = try snapshot.journalHead().sequence
        try snapshot.renew()
        let after = try snapshot.journalHead().sequence
        #expect(before == 1 && during == 1 && after == 21)
    }
}

/// Writes down what it is told.
final class RecordingObserver: CommitObserver {
    let events = Mutex<[String]>([])

    func willCommit(batch number: UInt64, changing keys: consuming ChangedKeys) {
        var text = "will \(number)"
        while let key = keys.next() { text += " " + String(decoding: key.array, as: UTF8.self) }
        events.withLock { $0.append(text) }
    }

    func didCommit(batch number: UInt64) { events.withLock { $0.append("did \(number)") } }
}
