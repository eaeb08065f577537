import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import BanyanTransport
import Dispatch
import HandleProtocol
import Synchronization
import Testing

@Suite("Streams (RFC 3652 §2.4)")
struct StreamTests {
    static func open() async throws -> TestSocket {
        try TestSocket.stream(to: try await TestDoors.shared.value.port)
    }

    // MARK: Recorded exchanges

    @Test("two pipelined requests are both answered; the connection ends unless it is to be kept")
    func pipelined() async throws {
        for (name, numbers, ends) in [
            ("two-requests-pipelined", [0x0200_0001, 0x0200_0002], true),
            ("two-requests-keepalive-flag", [0x0200_0003, 0x0200_0004], false),
        ] as [(String, [UInt32], Bool)] {
            let vector = try Vectors.load("tcp-framing", name: name)
            let socket = try await Self.open()
            try socket.send(vector.request)
            let first = socket.readMessage()
            #expect(masked(first) == masked(Array(vector.response.prefix(first.count))))
            #expect(Verdict(first) == Verdict(numbers[0], .success))
            #expect(Verdict(socket.readMessage()) == Verdict(numbers[1], .success))
            if ends {
                #expect(socket.readMessage().isEmpty, "the connection ends")
            } else {
                try socket.send(vector.request)
                #expect(Verdict(socket.readMessage()) == Verdict(numbers[0], .success))
            }
        }
    }

    @Test("a request that comes byte by byte is answered, and so is one whose sender closes his half")
    func bytes() async throws {
        for name in ["byte-by-byte", "half-close"] {
            let vector = try Vectors.load("tcp-framing", name: name)
            let socket = try await Self.open()
            if name == "half-close" {
                try socket.send(vector.request)
                socket.closeWriting()
            } else {
                for byte in vector.request { try socket.send([byte]) }
            }
            #expect(masked(socket.readMessage()) == masked(vector.response))
            #expect(socket.readMessage().isEmpty, "the connection ends")
        }
    }

    @Test(
        "where framing is broken, a protocol error with the request's number, then the end",
        arguments: [
            ("tcp-framing", "half-close-mid-message"), ("malformed", "response-as-request-tcp"),
            ("malformed", "error-response-as-request-tcp"), ("malformed", "opcode-0-tcp"),
            ("malformed", "random-bytes-tcp"), ("malformed", "http-get-on-handle-port"),
            ("malformed", "length-negative-tcp"), ("malformed", "length-too-big-tcp"), ("malformed", "length-23-tcp"),
            ("malformed", "envelope-only-length-0-tcp"), ("malformed", "length-more-than-sent-tcp"),
            ("malformed", "length-less-than-sent-tcp"),
        ])
    func broken(file: String, name: String) async throws {
        let vector = try Vectors.load(file, name: name)
        let socket = try await Self.open()
        try socket.send(vector.request)
        socket.closeWriting()
        let answer = socket.readMessage()
        #expect(Verdict(answer) == Verdict(vector.request.rawSpan.bigEndianUInt32(at: 8), .protocolError))
        #expect(socket.readMessage().isEmpty)
    }

    @Test("less than an envelope is closed without a word", arguments: ["empty-tcp", "short-envelope-tcp"])
    func short(name: String) async throws {
        let vector = try Vectors.load("malformed", name: name)
        let socket = try await Self.open()
        try socket.send(vector.request)
        socket.closeWriting()
        #expect(socket.read(count: 1).isEmpty)
    }

    @Test("long answers come whole, with one envelope", arguments: ["big-3000-tcp", "big-200k-tcp"])
    func long(name: String) async throws {
        let vector = try Vectors.load("udp-fragment", name: name)
        let socket = try await Self.open()
        try socket.send(vector.request)
        #expect(masked(socket.readMessage()) == masked(vector.response))
        #expect(socket.readMessage().isEmpty)
    }

    // MARK: How long a connection lasts

    @Test("a plain request of 2.11 ends its connection, an older one or a kept one does not")
    func closing() async throws {
        let socket = try await Self.open()
        try socket.send(query(number: 1))
        #expect(Verdict(socket.readMessage()) == Verdict(1, .success))
        #expect(socket.readMessage().isEmpty)

        for (version, flags) in [
            (ProtocolVersion(2, 10), OpFlags.usual), (.current, [.usual, .keepAlive]),
        ] as [(ProtocolVersion, OpFlags)] {
            let kept = try await Self.open()
            for number in 1...3 as ClosedRange<UInt32> {
                try kept.send(query(number: number, version: version, flags: flags))
                #expect(Verdict(kept.readMessage()) == Verdict(number, .success))
            }
        }
    }

    @Test("site information keeps the connection for what follows")
    func siteInfo() async throws {
        let socket = try await Self.open()
        try socket.send(request(.getSiteInfo, body: [0, 0, 0, 1, UInt8(ascii: "/")], number: 1))
        #expect(Verdict(socket.readMessage()) == Verdict(1, .success))
        try socket.send(query(number: 2))
        #expect(Verdict(socket.readMessage()) == Verdict(2, .success))
        try socket.send(query(number: 3))
        #expect(Verdict(socket.readMessage()) == Verdict(3, .success))
    }

    @Test("a thousand requests in one write are answered in order")
    func many() async throws {
        let socket = try await Self.open()
        try socket.send((0..<1_000).flatMap { query(number: $0) })
        for number in 0..<1_000 as Range<UInt32> {
            #expect(Verdict(socket.readMessage()) == Verdict(number, .success))
        }
    }

    @Test("answers of many megabytes to a client that reads late are all there")
    func slowReader() async throws {
        let socket = try await Self.open()
        let long = query("88.100.1/BIG200K", number: 5, flags: [.usual, .keepAlive])
        for _ in 0..<100 { try socket.send(long) }
        socket.closeWriting()
        for _ in 0..<100 { #expect(socket.readMessage().count > 200_000) }
        #expect(socket.readMessage().isEmpty)
    }

    // MARK: Time

    @Test("a message that stays incomplete is given up with its connection")
    func messageTimeout() async throws {
        try await TestDoors.with(configure: { $0.messageTimeout = .milliseconds(20) }) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            try socket.send(Array(query(number: 1).dropLast()))
            #expect(socket.receive() == [])
            #expect(doors.transport.counters[.messageTimeouts] == 1)
        }
    }

    @Test("a connection that stays idle is closed")
    func idleTimeout() async throws {
        try await TestDoors.with(configure: { $0.idleTimeout = .milliseconds(20) }) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            #expect(socket.receive() == [])
            #expect(doors.transport.counters[.idleTimeouts] == 1)
        }
    }

    @Test("a client that takes none of its answers is cut off")
    func writeTimeout() async throws {
        try await TestDoors.with(configure: { $0.writeTimeout = .milliseconds(50) }) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            // The node stops reading when its answers stay; what goes in is small enough for the kernel's buffers.
            for _ in 0..<200 { try socket.send(query("88.100.1/BIG200K", number: 5, flags: [.usual, .keepAlive])) }
            await doors.count(.writeTimeouts, reaches: 1)
        }
    }

    // MARK: Limits

    @Test("garbage from one client, and a good one beside it")
    func garbage() async throws {
        let good = try await Self.open()
        for seed in 0..<20 as Range<UInt8> {
            let bad = try await Self.open()
            try? bad.send((0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ seed })
            while let bytes = bad.receive(), !bytes.isEmpty {}
            try good.send(query(number: UInt32(seed), flags: [.usual, .keepAlive]))
            #expect(Verdict(good.readMessage()) == Verdict(UInt32(seed), .success))
        }
    }

    @Test("an address has so many connections and no more; one that ends makes room")
    func connectionsPerAddress() async throws {
        try await TestDoors.with(configure: {
            $0.exempt = []
            $0.connectionsPerAddress = 3
        }) { doors in
            let ask = query(number: 1, flags: [.usual, .keepAlive])
            var open: [TestSocket] = []
            for _ in 0..<3 {
                open.append(try TestSocket.stream(to: doors.port))
                try open[open.count - 1].send(ask)
                #expect(Verdict(open[open.count - 1].readMessage()) == Verdict(1, .success))
            }
            #expect(try TestSocket.stream(to: doors.port).receive() == [])
            #expect(doors.transport.counters[.connectionsRefused] == 1)
            open.removeLast()
            await doors.count(.connectionsClosed, reaches: 1)
            let next = try TestSocket.stream(to: doors.port)
            try next.send(ask)
            #expect(Verdict(next.readMessage()) == Verdict(1, .success))
        }
    }

    @Test("when nearly all connections are in use the longest idle one goes, but none of a client that stays")
    func eviction() async throws {
        try await TestDoors.with(configure: { $0.connectionCount = 10 }) { doors in
            var open: [TestSocket] = []
            for number in 0..<10 as Range<UInt32> {
                open.append(try TestSocket.stream(to: doors.port))
                try open[Int(number)].send(
                    number == 0
                        ? request(.getSiteInfo, body: [], number: number)
                        : query(number: number, flags: [.usual, .keepAlive]))
                #expect(Verdict(open[Int(number)].readMessage()) == Verdict(number, .success))
            }
            #expect(open[1].receive() == [])
            try open[0].send(query(number: 99))
            #expect(Verdict(open[0].readMessage()) == Verdict(99, .success))
            #expect(doors.transport.counters[.connectionsEvicted] == 1)
        }
    }

    // MARK: Work for the pool

    @Test("answers come as they are ready: what is resolved overtakes what is signed")
    func asTheyAreReady() async throws {
        let gate = Gate()
        let asked = Mutex<[Peer]>([])
        try await TestDoors.with(administration: { request, peer, transport in
            asked.withLock { $0.append(peer) }
            gate.wait()
            return transport == .stream ? request : nil
        }) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            try socket.send(query(number: 1, flags: [.usual, .certify, .keepAlive]) + query(number: 2))
            #expect(Verdict(socket.readMessage()) == Verdict(2, .success))
            gate.open()
            #expect(Verdict(socket.readMessage()) == Verdict(1, .request))
            try socket.send(query(number: 3, flags: [.usual, .certify]))
            #expect(Verdict(socket.readMessage()) == Verdict(3, .request))
            let peers = asked.withLock { $0 }
            #expect(Set(peers).count == 1 && peers[0].connection != nil)
        }
    }

    @Test("at the bound of requests in work the node stops reading, and takes the rest later")
    func inWork() async throws {
        let gate = Gate()
        let asked = Mutex(0)
        try await TestDoors.with(
            administration: { request, _, _ in
                asked.withLock { $0 += 1 }
                gate.wait()
                return request
            },
            configure: {
                $0.requestsInWork = 4
                $0.poolThreadCount = 8
            }
        ) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            try socket.send((0..<20).flatMap { query(number: $0, flags: [.usual, .certify]) })
            socket.closeWriting()
            // Datagrams are answered meanwhile, and nothing more is taken from the stream.
            let datagrams = try TestSocket.datagram(to: doors.port)
            while asked.withLock({ $0 }) < 4 { await Task.yield() }
            try datagrams.send(query(number: 50))
            #expect(Verdict(datagrams.receive() ?? []) == Verdict(50, .success))
            #expect(asked.withLock { $0 } == 4)
            gate.open()
            var numbers: Set<UInt32> = []
            while let verdict = Verdict(socket.readMessage()) { numbers.insert(verdict.number) }
            #expect(numbers == Set(0..<20))
        }
    }

    @Test("the end of a connection is told by its number, when nothing of it is in work any more")
    func connectionEnd() async throws {
        let gate = DispatchSemaphore(value: 0)
        let told = Mutex<(asked: [UInt64], ended: [UInt64])>(([], []))
        let doors = try await TestDoors(
            paging: { _, peer, _ in
                told.withLock { $0.asked += peer.connection.map { [$0] } ?? [] }
                gate.wait()
                return nil
            }, connectionClosed: { number in told.withLock { $0.ended.append(number) } })
        do {
            let socket = try TestSocket.stream(to: doors.port)
            try socket.send(query(number: 1, flags: [.usual, .certify]) + query(number: 2))
            while told.withLock({ $0.asked.isEmpty }) { await Task.yield() }
            // An answer that nobody has read makes the end one that nothing can be sent after.
            await doors.count(.streamRequestsAnswered, reaches: 1)
        }
        await doors.count(.connectionsClosed, reaches: 1)
        #expect(told.withLock { $0.ended.isEmpty })
        gate.signal()
        while told.withLock({ $0.ended.isEmpty }) { await Task.yield() }
        #expect(told.withLock { $0.asked == $0.ended })
        await doors.transport.drain()
    }

    @Test("an answer of many messages is made as it is taken, and others may come in between")
    func pages() async throws {
        let maker = PageMaker(message: query(String(repeating: "x", count: 60_000), number: 1), count: 400)
        try await TestDoors.with(paging: { _, _, _ in maker.page() }) { doors in
            let socket = try TestSocket.stream(to: doors.port)
            try socket.send(query(number: 1, flags: [.usual, .certify, .keepAlive]) + query(number: 2))
            while maker.madeCount < 20 { await Task.yield() }
            #expect(maker.madeCount < maker.count, "more than the kernel holds for one that does not read")
            let verdicts = (0...maker.count).map { _ in Verdict(socket.readMessage()) }
            #expect(verdicts.filter { $0 == Verdict(1, .request) }.count == maker.count)
            #expect(verdicts.filter { $0 == Verdict(2, .success) }.count == 1)
            #expect(maker.madeCount == maker.count)
            // The request has been in work until its last message: the connection goes on.
            try socket.send(query(number: 3))
            #expect(Verdict(socket.readMessage()) == Verdict(3, .success))
        }
    }

    /// The same message again and again, each made when it is asked for.
    private final class PageMaker: Sendable {
        let message: [UInt8]
        let count: Int
        private let made = Atomic<Int>(0)
        var madeCount: Int { made.load(ordering: .relaxed) }

        init(message: [UInt8], count: Int) {
            self.message = message
            self.count = count
        }

        func page() -> AdminAnswer {
            let number = made.add(1, ordering: .relaxed).newValue
            guard number < count else { return AdminAnswer(message) }
            return AdminAnswer(message) { self.page() }
        }
    }

    // MARK: The end

    @Test("stopping finishes what is in work, and takes nothing new")
    func drain() async throws {
        let gate = Gate()
        let isAsked = Mutex(false)
        let doors = try await TestDoors(administration: { request, _, _ in
            isAsked.withLock { $0 = true }
            gate.wait()
            return request
        })
        let working = try TestSocket.stream(to: doors.port)
        try working.send(query(number: 1, flags: [.usual, .certify, .keepAlive]))
        let idle = try TestSocket.stream(to: doors.port)
        try idle.send(query(number: 2, flags: [.usual, .keepAlive]))
        #expect(Verdict(idle.readMessage()) == Verdict(2, .success))
        while !isAsked.withLock({ $0 }) { await Task.yield() }
        let transport = doors.transport
        let drained = Task { await transport.drain() }
        await doors.count(.connectionsClosed, reaches: 1)
        #expect(idle.receive() == [], "an idle connection ends at once")
        gate.open()
        #expect(Verdict(working.readMessage()) == Verdict(1, .request))
        #expect(working.receive() == [])
        await drained.value
        #expect(throws: (any Error).self) { try TestSocket.stream(to: doors.port) }
    }

    @Test("a port that is taken is refused by name, and nothing stays open")
    func taken() async throws {
        let port = try await TestDoors.shared.value.port
        let endpoint = Endpoint(address: TestDoors.loopback, port: port)
        await #expect(throws: TransportError.self) { _ = try await TestDoors([endpoint]) }
        let socket = try TestSocket.datagram(to: port)
        for number in 1...20 as ClosedRange<UInt32> {
            try socket.send(query(number: number))
            #expect(Verdict(socket.receive() ?? []) == Verdict(number, .success))
        }
    }
}
