import Testing

@testable import TLSChannel

@Suite("Where one end of a TLS connection stands (RFC 8446 §6.1)")
struct TLSStateMachineTests {
    private func open() -> TLSStateMachine {
        var machine = TLSStateMachine()
        _ = machine.activated()
        machine.handshakeDone()
        return machine
    }

    @Test("the handshake begins once, and nothing is read before")
    func beginning() {
        var machine = TLSStateMachine()
        #expect(!machine.takesBytes)
        #expect(machine.takesWrites)
        let begins = [machine.activated(), machine.activated()]
        #expect(begins == [true, false])
        #expect(machine.takesBytes)
    }

    @Test("a stream that ends early interrupts the handshake, later it was cut off, and after close_notify it is fine")
    func streamEnds() {
        var early = TLSStateMachine()
        let earlyEnds = [early.connectionLost(), early.connectionLost()]
        #expect(earlyEnds == [.expected, .expected])
        var handshaking = TLSStateMachine()
        _ = handshaking.activated()
        let handshakeEnds = [handshaking.inputEnded(), handshaking.connectionLost()]
        #expect(handshakeEnds == [.handshakeInterrupted, .expected])
        var cut = open()
        let cutEnds = [cut.inputEnded(), cut.connectionLost()]
        #expect(cutEnds == [.truncated, .expected])
        var announced = open()
        _ = announced.peerClosed(allowsHalf: true)
        let inputEnd = announced.inputEnded()
        #expect(inputEnd == .expected)
        #expect(announced.takesWrites)
        let end = announced.connectionLost()
        #expect(end == .expected)
        #expect(!announced.takesWrites)
    }

    @Test("the other end's close_notify ends our input alone, or all where half a connection is of no use; once")
    func peerCloses() {
        var whole = open()
        let wholeEnds = [whole.peerClosed(allowsHalf: false), whole.peerClosed(allowsHalf: false)]
        #expect(wholeEnds == [.close, .none])
        var half = open()
        let halfEnds = [half.peerClosed(allowsHalf: true), half.peerClosed(allowsHalf: true)]
        #expect(halfEnds == [.inputClosed, .none])
        #expect(!half.takesBytes)
        let isTold = half.closed()
        #expect(isTold)
    }

    @Test("close_notify is sent once, and never before the handshake or after a failure")
    func closing() {
        var machine = open()
        let told = [machine.outputClosed(), machine.outputClosed(), machine.closed()]
        #expect(told == [true, false, false])
        machine = TLSStateMachine()
        _ = machine.activated()
        let early = machine.closed()
        #expect(!early)
        machine = open()
        let failures = [machine.failed(), machine.failed(), machine.closed()]
        #expect(failures == [true, false, false])
        #expect(!machine.takesBytes)
    }

    @Test("half closed by us, what the other end sends is still read")
    func reading() {
        var machine = open()
        _ = machine.outputClosed()
        #expect(!machine.takesWrites)
        #expect(machine.takesBytes)
    }
}
