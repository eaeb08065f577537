import BanyanTestSupport
import Dispatch
import HandleProtocol
import Synchronization
import Testing

@Suite("Killed while registering over the network")
struct RegistrationCrashTests {
    @Test(
        "every registration, by challenges and in sessions, that was acknowledged is there, whole, after kill -9",
        arguments: FaultRounds.rounds(usual: 2))
    func kill(round: Int) throws {
        let made = try MadeNode(["--admin", "300:0.NA/88.118.8"])
        try made.load("0.NA/88.118.8", [.administrator("300:0.NA/88.118.8"), .secret("for the test")])
        let node = try made.serve()
        let crowd = Crowd(port: node.tcpPort)
        crowd.register(threads: 4, until: 150 + 37 * round % 400) { node.kill() }
        #expect(crowd.acknowledged.count >= 150)
        // What came at the end of the journal as well: whole, or not there at all.
        let journal = try TestProgram.run(["journal", "verify", "--data", made.directory])
        #expect(journal.status == 0, "\(journal.output) \(journal.error)")

        let again = try made.serve()
        for number in crowd.acknowledged.sorted() {
            let values = try again.values(of: Crowd.handle(number))
            #expect(values.map(\.data) == Crowd.values(number).map(\.data), "\(number)")
        }
        let checked = try made.run("check", "--full")
        #expect(checked.status == 0, "\(checked.output) \(checked.error)")
        #expect(Crowd(port: again.tcpPort).isRegistered(1_000_000), "registration goes on")
    }
}

/// Clients that register as fast as they can, and note what was acknowledged.
private final class Crowd: Sendable {
    private static let administrator = TestAdministrator("300:0.NA/88.118.8", secret: "for the test")
    private let port: UInt16
    private let next = Atomic<Int>(0)
    private let noted = Mutex<Set<Int>>([])

    var acknowledged: Set<Int> { noted.withLock { $0 } }

    init(port: UInt16) { self.port = port }

    static func handle(_ number: Int) -> [UInt8] { Array("88.118.8/registered-\(number)".utf8) }

    static func values(_ number: Int) -> [HandleValue] {
        (1...3).map { .text(String(repeating: "\(number) ", count: 20 * $0), index: UInt32($0)) }
    }

    /// Registers until so many are acknowledged, does `then`, and returns when no client gets any further. The first
    /// client answers a challenge for each registration; the others have a session, and sixteen requests under way.
    func register(threads: Int, until count: Int, then: @escaping @Sendable () -> Void) {
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            guard let socket = try? TestSocket.stream(to: self.port) else { return }
            func note(_ number: Int) {
                let reached = self.noted.withLock { noted in
                    noted.insert(number)
                    return noted.count
                }
                if reached == count { then() }
            }
            guard thread == 0 else { return self.registerInSession(through: socket, note) }
            while true {
                let number = self.next.add(1, ordering: .relaxed).oldValue
                guard self.isRegistered(number, through: socket) else { return }
                note(number)
            }
        }
    }

    private func registerInSession(through socket: TestSocket, _ note: (Int) -> Void) {
        guard let session = try? SocketSession(through: socket, as: Self.administrator) else { return }
        var waiting: [UInt32: Int] = [:]
        while true {
            while waiting.count < 16 {
                let number = next.add(1, ordering: .relaxed).oldValue
                guard
                    let request = try? session.request(
                        .createHandle,
                        .values(ValuesRequest(handle: Self.handle(number), values: Self.values(number))),
                        flags: [.usual, .keepAlive]), (try? socket.send(request.bytes())) != nil
                else { return }
                waiting[request.envelope.requestID] = number
            }
            guard let answer = try? Message(parsing: socket.readMessage().rawSpan),
                let number = waiting.removeValue(forKey: answer.envelope.requestID),
                answer.header.responseCode == .success
            else { return }
            note(number)
        }
    }

    func isRegistered(_ number: Int) -> Bool {
        guard let socket = try? TestSocket.stream(to: port) else { return false }
        return isRegistered(number, through: socket)
    }

    /// Whether the node said so: a request, its challenge, the proof, and the answer, on one connection.
    private func isRegistered(_ number: Int, through socket: TestSocket) -> Bool {
        let request = TestAdministrator.request(
            .createHandle,
            .values(ValuesRequest(handle: Self.handle(number), values: Self.values(number))),
            flags: [.usual, .keepAlive])
        guard let challenge = try? socket.exchange(request), let proof = try? Self.administrator.proof(to: challenge),
            let answer = try? socket.exchange(proof)
        else { return false }
        return answer.header.responseCode == .success
    }
}

extension TestNode {
    /// What everyone may read of a handle.
    fileprivate func values(of handle: [UInt8]) throws -> [HandleValue] {
        let socket = try TestSocket.stream(to: tcpPort)
        let answer = try socket.exchange(
            TestAdministrator.request(.resolution, .query(Query(handle: handle)), flags: [.usual, .keepAlive]))
        guard case .values(let body) = try HandleProtocol.Answer(parsing: answer).body else { return [] }
        return body.values
    }
}

extension MadeNode {
    /// Puts a record into the node that is not served.
    func load(_ handle: String, _ values: [HandleValue]) throws {
        let texts = values.map { value in
            var writer = ByteWriter()
            value.write(to: &writer)
            let digits = writer.bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            return "\"" + digits.joined() + "\""
        }
        let line = "{\"handle\":\"\(handle)\",\"values_hex\":[\(texts.joined(separator: ","))]}\n"
        try folder.write(Array(line.utf8), to: "record.jsonl")
        let result = try run("load", "--format", "wire", "--on-conflict", "replace", folder.path + "/record.jsonl")
        guard result.status == 0 else { throw TestFailure("load ended with \(result.status): \(result.error)") }
    }
}
