import BanyanTransport
import HandleProtocol
import NIOCore
import Testing

@Suite("What a connection does next (RFC 3652 §2.2.2.3, and the clients that are out there)")
struct ConnectionStateMachineTests {
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    static let timeouts = ConnectionStateMachine.Timeouts(
        message: .seconds(5), write: .seconds(10), idle: .seconds(30), sessionIdle: .hours(24), linger: .seconds(2))

    static func machine(requestsInWork: Int = 256) -> ConnectionStateMachine {
        ConnectionStateMachine(timeouts: timeouts, requestsInWork: requestsInWork, at: start)
    }

    static func after(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    /// One request answered at once, and what follows when the answer has been written.
    static func exchange(
        _ machine: inout ConnectionStateMachine, version: ProtocolVersion = .current, opCode: OpCode = .resolution,
        flags: OpFlags = .usual, continues: Bool = false, bytesFollow: Bool = false, setsUpSession: Bool = false
    ) -> ConnectionStateMachine.Action {
        machine.bytesArrived(at: start)
        machine.requestArrived(version: version, opCode: opCode, flags: flags)
        machine.requestAnswered(continues: continues, bytesFollow: bytesFollow, setsUpSession: setsUpSession)
        machine.writeBegan(at: start)
        #expect(machine.settle(at: start) == .none)
        machine.writeFinished(at: start)
        return machine.settle(at: start)
    }

    // MARK: When the connection ends after an answer

    @Test("a plain request of version 2.11 is answered, and the connection closed")
    func closes() {
        var machine = Self.machine()
        #expect(Self.exchange(&machine) == .closeOutput)
        #expect(!machine.takesBytes && machine.reads)
        machine.inputClosed()
        #expect(machine.settle(at: Self.start) == .close)
        #expect(machine.isClosed && machine.deadline == nil)
    }

    @Test("every version from 2.11 on counts as 2.11", arguments: [(2, 11), (2, 12), (3, 0)] as [(UInt8, UInt8)])
    func closesForLater(major: UInt8, minor: UInt8) {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, version: ProtocolVersion(major, minor)) == .closeOutput)
    }

    @Test(
        "clients of an older version keep their connection",
        arguments: [(1, 0), (2, 0), (2, 3), (2, 10), (5, 0)] as [(UInt8, UInt8)])
    func staysForOlder(major: UInt8, minor: UInt8) {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, version: ProtocolVersion(major, minor)) == .none)
        #expect(machine.takesRequests)
    }

    @Test("the keep-alive flag keeps the connection")
    func keepAlive() {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, flags: [.usual, .keepAlive]) == .none)
        #expect(Self.exchange(&machine) == .none, "only a first request closes")
    }

    @Test(
        "what begins a longer talk keeps the connection",
        arguments: [.getSiteInfo, .sessionSetup, .loginWithPassword, .loginWithKey] as [OpCode])
    func staysForOperation(opCode: OpCode) {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, opCode: opCode) == .none)
        #expect(machine.takesRequests)
    }

    @Test("an answer that continues keeps the connection")
    func continues() {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, opCode: .listHandles, continues: true) == .none)
    }

    @Test("bytes behind the first request keep the connection, also while it is in work")
    func bytesBehind() {
        var machine = Self.machine()
        #expect(Self.exchange(&machine, bytesFollow: true) == .none)

        var waiting = Self.machine()
        waiting.requestArrived(version: .current, opCode: .resolution, flags: .usual)
        waiting.bytesArrived(at: Self.start)
        waiting.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(waiting.settle(at: Self.start) == .none && waiting.takesRequests)
    }

    @Test("requests sent together are all answered, and then the connection ends")
    func pipelined() {
        var machine = Self.machine()
        for _ in 0..<2 { machine.requestArrived(version: .current, opCode: .resolution, flags: .usual) }
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(machine.settle(at: Self.start) == .none)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(machine.settle(at: Self.start) == .closeOutput)
    }

    // MARK: Order of events

    @Test("the end of the stream waits for the answers that are in work")
    func endOfStream() {
        var machine = Self.machine()
        for _ in 0..<2 { machine.requestArrived(version: .fallback, opCode: .resolution, flags: .usual) }
        machine.inputClosed()
        #expect(machine.settle(at: Self.start) == .none && !machine.takesRequests)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(machine.settle(at: Self.start) == .none)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        machine.writeBegan(at: Self.start)
        #expect(machine.settle(at: Self.start) == .none)
        machine.writeFinished(at: Self.start)
        #expect(machine.settle(at: Self.start) == .close)
    }

    @Test("the end of the stream with nothing in work closes at once")
    func endOfStreamIdle() {
        var machine = Self.machine()
        machine.inputClosed()
        #expect(machine.settle(at: Self.start) == .close)
        #expect(machine.settle(at: Self.start) == .none)
    }

    @Test("at the bound of requests in work no more are read until one is answered")
    func bound() {
        var machine = Self.machine(requestsInWork: 2)
        machine.requestArrived(version: .fallback, opCode: .createHandle, flags: .usual)
        #expect(machine.takesRequests && machine.reads)
        machine.requestArrived(version: .fallback, opCode: .createHandle, flags: .usual)
        #expect(!machine.takesRequests && !machine.reads)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(machine.takesRequests && machine.reads)
    }

    @Test("when framing is broken no more requests are taken, and answers in work are still written")
    func broken() {
        var machine = Self.machine()
        machine.requestArrived(version: .fallback, opCode: .createHandle, flags: .usual)
        machine.finish()
        #expect(!machine.takesBytes && machine.settle(at: Self.start) == .none)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        machine.writeBegan(at: Self.start)
        machine.writeFinished(at: Self.start)
        #expect(machine.settle(at: Self.start) == .closeOutput)
    }

    // MARK: Deadlines

    @Test("a message must be whole in time, counted from its first byte")
    func messageDeadline() {
        var machine = Self.machine()
        machine.bytesArrived(at: Self.start)
        machine.messageIncomplete(at: Self.start)
        machine.bytesArrived(at: Self.after(4))
        machine.messageIncomplete(at: Self.after(4))
        #expect(machine.deadline == Self.after(5))
        var late = machine
        #expect(late.timeout(at: Self.after(5)) == .message)
        #expect(late.isClosed)
        machine.requestArrived(version: .fallback, opCode: .resolution, flags: .usual)
        machine.requestAnswered(continues: false, bytesFollow: false, setsUpSession: false)
        #expect(machine.timeout(at: Self.after(5)) == nil)
    }

    @Test("an idle connection ends after its time, a session's a day later")
    func idle() {
        var machine = Self.machine()
        #expect(machine.deadline == Self.after(30) && machine.isIdle)
        #expect(machine.timeout(at: Self.after(29)) == nil)
        #expect(machine.timeout(at: Self.after(30)) == .idle)

        var siteInfo = Self.machine()
        _ = Self.exchange(&siteInfo, opCode: .getSiteInfo)
        #expect(siteInfo.isSession && siteInfo.deadline == Self.start + .hours(24))

        var later = Self.machine()
        _ = Self.exchange(&later, version: .fallback)
        _ = Self.exchange(&later, opCode: .getSiteInfo)
        #expect(!later.isSession, "only who begins with it stays")

        var loggedIn = Self.machine()
        _ = Self.exchange(&loggedIn, opCode: .loginWithKey, setsUpSession: true)
        #expect(loggedIn.isSession)
    }

    @Test("nobody is hurried while this side is at work")
    func inWork() {
        var machine = Self.machine()
        machine.requestArrived(version: .fallback, opCode: .createHandle, flags: .usual)
        #expect(machine.deadline == nil && !machine.isIdle)
    }

    @Test("a peer that takes nothing is given up, one that takes slowly is not")
    func writeStall() {
        var machine = Self.machine()
        machine.writeBegan(at: Self.start)
        #expect(machine.deadline == Self.after(10))
        machine.writeProgressed(at: Self.after(9))
        #expect(machine.timeout(at: Self.after(10)) == nil)
        #expect(machine.timeout(at: Self.after(19)) == .write)
    }

    @Test("a peer that keeps its half open after the end is cut off")
    func linger() {
        var machine = Self.machine()
        #expect(Self.exchange(&machine) == .closeOutput)
        machine.bytesArrived(at: Self.after(1))
        #expect(machine.timeout(at: Self.after(2)) == .linger)
    }
}
