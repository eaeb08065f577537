import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Fragment assembly (RFC 3652 §2.3)")
struct FragmentAssemblyTests {
    typealias Assembly = FragmentAssembly<UInt32>

    static func datagrams(_ message: [UInt8]) throws -> [[UInt8]] {
        let fragments = try Fragments(message.rawSpan)
        return (0..<fragments.count).map { position in
            [UInt8](capacity: 512) { output in _ = fragments.write(position, to: &output) }
        }
    }

    /// The message as its first datagram's envelope tells of it.
    static func flagged(_ message: [UInt8]) -> [UInt8] {
        var message = message
        message[2] |= Envelope.Flags.truncated.rawValue
        return message
    }

    @Test("every order gives the same message, and repeats change nothing", arguments: 0..<24)
    func orders(order: Int) throws {
        let message = FragmentsTests.message(byteCount: 1_500)
        var rest = try Self.datagrams(message)
        #expect(rest.count == 4)
        var choice = order
        var assembly = Assembly()
        while rest.count > 1 {
            let datagram = rest.remove(at: choice % rest.count)
            choice /= rest.count + 1
            #expect(assembly.take(datagram, from: 1, at: 0) == .incomplete)
            #expect(assembly.take(datagram, from: 1, at: 0) == .incomplete)
        }
        #expect(assembly.take(rest[0], from: 1, at: 0) == .complete(Self.flagged(message)))
        #expect(assembly.count == 0)
    }

    @Test("recorded requests in pieces come together as the clients meant them")
    func recorded() throws {
        for (name, isComplete) in [
            ("request-out-of-order", true), ("request-duplicate-packet", true), ("request-missing-packet", false),
        ] {
            let vector = try Vectors.load("udp-fragment", name: name)
            var assembly = Assembly()
            var complete: [[UInt8]] = []
            for packet in vector.requestPackets {
                if case .complete(let bytes) = assembly.take(packet, from: 1, at: 0) {
                    complete.append(bytes)
                }
            }
            #expect(complete.count == (isComplete ? 1 : 0))
            if let bytes = complete.first {
                let message = try Message(parsing: bytes.rawSpan)
                guard case .query(let query) = try RequestBody(parsing: message) else { throw VectorShape() }
                #expect(query.indexes == Array(1...300))
            }
        }
    }

    @Test("one datagram with the truncated flag is complete at once")
    func single() throws {
        let vector = try Vectors.load("udp-fragment", name: "request-single-truncated-flag")
        var assembly = Assembly()
        #expect(assembly.take(vector.request, from: 1, at: 0) == .complete(vector.request))
        let long = Self.flagged(FragmentsTests.message(byteCount: 1_400))
        #expect(assembly.take(long, from: 1, at: 0) == .complete(long))
        let plain = FragmentsTests.message(byteCount: 40)
        #expect(assembly.take(plain, from: 1, at: 0) == .whole)
    }

    @Test("a piece behind the end is dropped, and the message still comes together")
    func beyondEnd() throws {
        for name in ["udp-fragment-seq-beyond", "udp-fragment-seq-negative"] {
            let vector = try Vectors.load("malformed", name: name)
            var assembly = Assembly()
            #expect(assembly.take(vector.request, from: 1, at: 0) == .dropped(.beyondEnd))
        }
        let message = FragmentsTests.message(byteCount: 600)
        let datagrams = try Self.datagrams(message)
        var beyond = datagrams[1]
        beyond[15] = 2
        var assembly = Assembly()
        #expect(assembly.take(datagrams[0], from: 1, at: 0) == .incomplete)
        #expect(assembly.take(beyond, from: 1, at: 0) == .dropped(.beyondEnd))
        #expect(assembly.take(datagrams[1], from: 1, at: 0) == .complete(Self.flagged(message)))
    }

    @Test("pieces that disagree on the length are dropped all together")
    func disagreement() throws {
        let vector = try Vectors.load("malformed", name: "udp-fragment-length-mismatch")
        var assembly = Assembly()
        #expect(assembly.take(vector.requestPackets[0], from: 1, at: 0) == .incomplete)
        #expect(assembly.take(vector.requestPackets[1], from: 1, at: 0) == .dropped(.disagreement))
        #expect(assembly.count == 0)
    }

    @Test("a piece of another length than its place asks for is dropped", arguments: [-1, 1])
    func wrongLength(difference: Int) throws {
        for datagram in try Self.datagrams(FragmentsTests.message(byteCount: 600)) {
            var assembly = Assembly()
            let wrong = difference < 0 ? Array(datagram.dropLast()) : datagram + [0]
            #expect(assembly.take(wrong, from: 1, at: 0) == .dropped(.malformed))
            #expect(assembly.count == 0)
        }
    }

    @Test("at most so many bytes of a message, and not one more")
    func longest() throws {
        for (byteCount, isTaken) in [(Limits.assembledByteCount, true), (Limits.assembledByteCount + 1, false)] {
            let datagrams = try Self.datagrams(FragmentsTests.message(byteCount: byteCount))
            var assembly = Assembly()
            #expect(
                assembly.take(datagrams[0], from: 1, at: 0)
                    == (isTaken ? .incomplete : .dropped(.tooLong)))
        }
        var announced = try Self.datagrams(FragmentsTests.message(byteCount: 600))[0]
        announced.replaceSubrange(16..<20, with: [0xFF, 0xFF, 0xFF, 0xFF])
        var assembly = Assembly()
        #expect(assembly.take(announced, from: 1, at: 0) == .dropped(.tooLong))
    }

    private func first(requestID: UInt32) throws -> [UInt8] {
        try Self.datagrams(FragmentsTests.message(byteCount: 600, requestID: requestID))[0]
    }

    @Test("a source has at most four messages in work, unless it is exempt")
    func perSource() throws {
        var assembly = Assembly()
        for requestID in 0..<UInt32(Limits.assemblyCountPerSource) {
            #expect(assembly.take(try first(requestID: requestID), from: 1, at: 0) == .incomplete)
        }
        let fifth = try first(requestID: 99)
        #expect(assembly.take(fifth, from: 1, at: 0) == .dropped(.tooMany))
        #expect(assembly.take(fifth, from: 2, at: 0) == .incomplete)
        #expect(assembly.take(fifth, from: 1, at: 0, isExempt: true) == .incomplete)
    }

    @Test("all sources together have a bound, which stands for exempt ones too")
    func total() throws {
        var assembly = Assembly()
        let datagram = try first(requestID: 1)
        for source in 0..<UInt32(Limits.assemblyCount) {
            #expect(assembly.take(datagram, from: source, at: 0) == .incomplete)
        }
        #expect(assembly.take(datagram, from: 99_999, at: 0, isExempt: true) == .dropped(.tooMany))
        #expect(assembly.count == Limits.assemblyCount)
        // Those whose time is over make room.
        let later = Limits.assemblyMilliseconds
        #expect(assembly.take(datagram, from: 99_999, at: later) == .incomplete)
        #expect(assembly.count == 1)
    }

    @Test("a message is given up when its time is over, counted from its first piece")
    func time() throws {
        let message = FragmentsTests.message(byteCount: 600)
        let datagrams = try Self.datagrams(message)
        var assembly = Assembly()
        #expect(assembly.take(datagrams[0], from: 1, at: 10) == .incomplete)
        #expect(
            assembly.take(datagrams[1], from: 1, at: 9 + Limits.assemblyMilliseconds)
                == .complete(Self.flagged(message)))
        #expect(assembly.take(datagrams[0], from: 1, at: 10_000) == .incomplete)
        #expect(
            assembly.take(datagrams[1], from: 1, at: 10_000 + Limits.assemblyMilliseconds) == .incomplete)
    }

    @Test("a long run of messages leaves nothing behind")
    func longRun() throws {
        let message = FragmentsTests.message(byteCount: 600)
        let datagrams = try Self.datagrams(message)
        var assembly = Assembly()
        for tick in 0..<UInt64(5_000) {
            #expect(assembly.take(datagrams[1], from: 1, at: tick / 100) == .incomplete)
            #expect(
                assembly.take(datagrams[0], from: 1, at: tick / 100) == .complete(Self.flagged(message)))
        }
        #expect(assembly.count == 0)
    }
}

extension FragmentAssembly {
    /// As `receive`, with an array: a span that is made inside an expectation would outlive what it lies over.
    fileprivate mutating func take(
        _ datagram: [UInt8], from source: Source, at now: UInt64, isExempt: Bool = false
    ) -> Outcome {
        receive(datagram.rawSpan, from: source, at: now, isExempt: isExempt)
    }
}
