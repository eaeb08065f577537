import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import Dispatch
import HandleProtocol
import Synchronization
import Testing

@Suite("Registration (RFC 3652 §3.6)")
struct RegistrationTests {
    @Test("those who change the same record at once all succeed, and nothing is lost")
    func sameRecord() throws {
        let node = try ServiceOverDataset.get()
        try node.put("88.100.1/SHARED", [.administrator("300:0.NA/88.100.1")])
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { number in
            let body = RequestBody.values(
                ValuesRequest(
                    handle: Array("88.100.1/shared".utf8), values: [.text("\(number)", index: UInt32(1_000 + number))]))
            let code = try? TestAdministrator.server.code(.addValue, body, on: node)
            if code != .success { failures.withLock { $0.append("\(number): \(String(describing: code))") } }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try node.values(of: Array("88.100.1/SHARED".utf8)).map(\.index) == [100] + Array(1_000..<1_040))
    }

    @Test("values get the server's time; one that stays the same keeps its own")
    func times() throws {
        let node = try ServiceOverDataset.get()
        var old = HandleValue.text("same", index: 1)
        old.timestamp = 5
        try node.put("88.100.1/TIMES", [old, .administrator("300:0.NA/88.100.1")])
        var claimed = HandleValue.text("new", index: 2)
        claimed.timestamp = 9
        let body = RequestBody.values(
            ValuesRequest(handle: Array("88.100.1/TIMES".utf8), values: [.text("same", index: 1), claimed]))
        let flags: OpFlags = [.usual, .overwrite]
        #expect(try TestAdministrator.server.code(.addValue, body, flags: flags, on: node) == .success)
        let answer = try TestAdministrator.server.perform(
            .resolution, .query(Query(handle: Array("88.100.1/TIMES".utf8))), on: node)
        guard case .values(let values) = try Answer(parsing: try #require(answer.first)).body else {
            Issue.record("no values")
            return
        }
        #expect(values.values.first?.timestamp == 5)
        #expect((values.values.dropFirst().first?.timestamp ?? 0) > 1_700_000_000)
    }

    @Test("the journal says who did it and from where")
    func journal() throws {
        let node = try ServiceOverDataset()
        let body = RequestBody.values(
            ValuesRequest(handle: Array("88.100.1/Noted".utf8), values: [.text("x", index: 1)]))
        #expect(try TestAdministrator.server.code(.createHandle, body, on: node) == .success)
        let snapshot = try node.registrar.index.snapshot()
        guard let entry = try snapshot.journalEntry(snapshot.journalHead().sequence) else {
            Issue.record("no entry")
            return
        }
        #expect(entry.principal.array == Array("300:0.NA/88.100.1".utf8))
        #expect(entry.source.array == Array("tcp 127.0.0.1:40000".utf8))
        #expect(entry.handle.array == Array("88.100.1/NOTED".utf8))
    }

    @Test("a challenge is answered once, and from any connection")
    func challenges() throws {
        let node = try ServiceOverDataset.get()
        let body = RequestBody.values(
            ValuesRequest(handle: Array("88.100.1/ONCE".utf8), values: [.text("x", index: 1)]))
        let challenge = try #require(
            try node.messages(TestAdministrator.request(.createHandle, body), from: ServiceOverDataset.peer).first)
        let proof = try TestAdministrator.server.proof(to: challenge)
        let elsewhere = Peer(addressHigh: 0, addressLow: 0xFFFF_7F00_0001, port: 9, connection: 77)
        #expect(try node.messages(proof, from: elsewhere).first?.header.responseCode == .success)
        #expect(try node.messages(proof, from: elsewhere).first?.header.responseCode == .sessionTimeout)
    }

    @Test("a list of many pages begins where the page before ended, whatever happens in between")
    func pages() throws {
        let node = try ServiceOverDataset()
        let request = TestAdministrator.request(
            .listHandles, .handle(HandleRequest(handle: Array("88.100.1".utf8))))
        let challenge = try #require(try node.messages(request).first)
        let proof = try TestAdministrator.server.proof(to: challenge)
        let all = try node.messages(proof)
        #expect(all.count == 61)
        #expect(all.dropLast().allSatisfy { $0.header.flags.contains(.continuous) })
        #expect(all.last?.header.flags.contains(.continuous) == false)
    }
}

extension Registrar {
    func delete(_ handle: String) throws {
        var set = ChangeSet()
        set.append(.delete(handle: Array(handle.utf8)))
        _ = try submit(set)
    }

    func unhome(_ prefix: String) throws {
        var set = ChangeSet()
        set.append(.unhome(prefix: Array(prefix.utf8)))
        _ = try submit(set)
    }
}
