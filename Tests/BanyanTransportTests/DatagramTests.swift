import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import BanyanTransport
import HandleProtocol
import Testing

@Suite("Datagrams (RFC 3652 §2.3)")
struct DatagramTests {
    @Test("a question is answered, and a hundred at once are all answered")
    func questions() async throws {
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        for number in 1...100 as ClosedRange<UInt32> { try socket.send(query(number: number)) }
        var numbers: Set<UInt32> = []
        for _ in 1...100 {
            let verdict = try #require(Verdict(socket.receive() ?? []))
            #expect(verdict.code == .success)
            numbers.insert(verdict.number)
        }
        #expect(numbers == Set(1...100))
    }

    @Test("several workers share a port: every client is answered, whichever worker he meets")
    func workers() async throws {
        try await TestDoors.with(configure: { $0.workerCount = 3 }) { doors in
            #expect(doors.bound.udp.count == 1)
            for number in 0..<32 as Range<UInt32> {
                let socket = try TestSocket.datagram(to: doors.port)
                try socket.send(query(number: number))
                #expect(Verdict(socket.receive() ?? []) == Verdict(number, .success))
                let stream = try TestSocket.stream(to: doors.port)
                try stream.send(query(number: number))
                #expect(Verdict(stream.readMessage()) == Verdict(number, .success))
            }
            await doors.count(.datagramRequestsAnswered, reaches: 32)
            #expect(doors.transport.resolverCounters.answered == 64)
        }
    }

    @Test("both families are served, and every address of a wildcard answers from itself")
    func addresses() async throws {
        let listen = try ["[::1]:0", "0.0.0.0:0", "[::]:0"].map { try #require(Endpoint($0)) }
        let doors = try await TestDoors(listen)
        #expect(doors.bound.udp == doors.bound.tcp && Set(doors.bound.udp.map(\.port)).count == 3)
        let asked = [("::1", 0), ("127.0.0.1", 1), ("127.0.0.9", 1), ("::1", 2)]
        for (number, (address, place)) in asked.enumerated() {
            // A connected socket hears only from the address that it asked.
            let socket = try TestSocket.datagram(to: doors.bound.udp[place].port, at: address)
            try socket.send(query(number: UInt32(number)))
            #expect(Verdict(socket.receive() ?? []) == Verdict(UInt32(number), .success))
        }
        await doors.transport.drain()
    }

    @Test("what is no request gets no answer: those behind it do")
    func silence() async throws {
        let names = [
            "empty-udp", "short-envelope-udp", "opcode-0-udp", "response-as-request-udp",
            "error-response-as-request-udp", "random-bytes-udp", "udp-fragment-seq-beyond",
            "udp-fragment-seq-negative", "udp-fragment-length-mismatch",
        ]
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        for (number, name) in names.enumerated() {
            let vector = try Vectors.load("malformed", name: name)
            for packet in vector.requestPackets.isEmpty ? [[]] : vector.requestPackets { try socket.send(packet) }
            try socket.send(query(number: 0x7000 + UInt32(number)))
            #expect(Verdict(socket.receive() ?? []) == Verdict(0x7000 + UInt32(number), .success), "\(name)")
        }
        try socket.send([UInt8](repeating: 2, count: 1_473))
        try socket.send(query(number: 0x7100))
        #expect(Verdict(socket.receive() ?? []) == Verdict(0x7100, .success), "a datagram of 1,473 bytes")
    }

    static let fragmentVectors = ((try? Vectors.load("udp-fragment")) ?? []).filter {
        $0.transport == "udp" && !["request-missing-packet", "request-over-512"].contains($0.name)
    }

    @Test("answers and questions of several datagrams are those recorded", arguments: fragmentVectors)
    func fragments(vector: Vector) async throws {
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        for packet in vector.requestPackets { try socket.send(packet) }
        let answer = socket.receiveFragments()
        let recorded = vector.responsePackets
        #expect(answer.map(\.count) == recorded.map(\.count))
        #expect(answer.first.map(masked) == recorded.first.map(masked))
        #expect(answer.dropFirst().elementsEqual(recorded.dropFirst()))
    }

    @Test("a datagram of up to 1,472 bytes is read whole")
    func over512() async throws {
        let vector = try Vectors.load("udp-fragment", name: "request-over-512")
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        try socket.send(vector.request)
        #expect(Verdict(socket.receive() ?? []) == Verdict(0x0100_0094, .success))
    }

    @Test("a question with a missing piece gets no answer, also when others come")
    func missingPiece() async throws {
        let vector = try Vectors.load("udp-fragment", name: "request-missing-packet")
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        for packet in vector.requestPackets { try socket.send(packet) }
        try socket.send(query(number: 77))
        #expect(Verdict(socket.receive() ?? []) == Verdict(77, .success))
    }

    // MARK: Limits

    @Test("who has proven nothing gets four datagrams; after an exchange over TCP he gets them all")
    func longAnswers() async throws {
        try await TestDoors.with(configure: { $0.exempt = [] }) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            let long = "88.100.1/BIG3000"
            try socket.send(query(long, number: 1))
            try socket.send(query("88.100.1/EXACT985", number: 2))
            let short = socket.receiveFragments()
            #expect(short.count == 3 && Verdict(short[0]) == Verdict(2, .success))
            await doors.count(.answersTooLong, reaches: 1)

            let stream = try TestSocket.stream(to: doors.port)
            try stream.send(query(number: 3))
            #expect(Verdict(stream.readMessage()) == Verdict(3, .success))
            try socket.send(query(long, number: 4))
            #expect(socket.receiveFragments().count == 7)
        }
    }

    @Test("over the rate every second question is refused aloud, the others are dropped")
    func rate() async throws {
        try await TestDoors.with(configure: {
            $0.exempt = []
            $0.rates.answerBurst = 10
            $0.rates.answersPerSecond = 0
        }) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            for number in 1...20 as ClosedRange<UInt32> { try socket.send(query(number: number)) }
            let verdicts = (1...15).compactMap { _ in Verdict(socket.receive() ?? []) }
            #expect(verdicts.filter { $0.code == .success }.count == 10)
            #expect(verdicts.filter { $0.code == .serverTooBusy }.count == 5)
            await doors.count(.limitedDropped, reaches: 5)
        }
    }

    @Test("an address has one rate, however many workers and ports it meets")
    func rateOfAllWorkers() async throws {
        try await TestDoors.with(configure: {
            $0.exempt = []
            $0.workerCount = 4
            $0.rates.answerBurst = 10
            $0.rates.answersPerSecond = 0
        }) { doors in
            let sockets = try (0..<24).map { _ in try TestSocket.datagram(to: doors.port) }
            for (number, socket) in sockets.enumerated() { try socket.send(query(number: UInt32(number))) }
            await doors.count(.datagramRequestsAnswered, reaches: 10)
            await doors.count(.datagramsReceived, reaches: 24)
            #expect(doors.transport.counters[.datagramRequestsAnswered] == 10)
            #expect(doors.transport.limitedNetworks.first?.network == "127.0.0.0/24")
        }
    }

    @Test("a dry run answers, and counts what it would not have answered")
    func dryRun() async throws {
        try await TestDoors.with(configure: {
            $0.exempt = []
            $0.rates.answerBurst = 10
            $0.rates.answersPerSecond = 0
            $0.rates.isDryRun = true
        }) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            for number in 1...20 as ClosedRange<UInt32> {
                try socket.send(query(number: number))
                #expect(Verdict(socket.receive() ?? []) == Verdict(number, .success))
            }
            await doors.count(.limitedInDryRun, reaches: 10)
            #expect(doors.transport.counters[.limitedRefused] == 0)
        }
    }

    @Test("a flood of pieces whose rest never comes is bounded, and questions are answered beside it")
    func fragmentFlood() async throws {
        let vector = try Vectors.load("udp-fragment", name: "request-missing-packet")
        try await TestDoors.with { doors in
            let flood = try TestSocket.datagram(to: doors.port)
            var piece = try #require(vector.requestPackets.first)
            for number in 0..<5_000 as Range<UInt32> {
                piece.replaceSubrange(8..<12, with: [UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF), 7, 7])
                try flood.send(piece)
            }
            let socket = try TestSocket.datagram(to: doors.port)
            try socket.send(query(number: 5))
            #expect(Verdict(socket.receive() ?? []) == Verdict(5, .success))
            await doors.count(.fragmentsDropped, reaches: 1)
        }
    }

    // MARK: Work for the pool

    @Test("what the resolver hands off is answered from the pool, in as many datagrams as it takes")
    func handOff() async throws {
        let answer = query(String(repeating: "x", count: 1_000), number: 9)
        try await TestDoors.with(administration: { request, peer, transport in
            transport == .datagram && peer.connection == nil && Verdict(request)?.number == 9 ? answer : nil
        }) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            try socket.send(query(number: 9, flags: [.usual, .certify]))
            let datagrams = socket.receiveFragments()
            #expect(datagrams.map(\.count) == [512, 512, 20 + answer.count - 20 - 984])
            #expect(datagrams.flatMap { $0.dropFirst(20) } == Array(answer.dropFirst(20)))
            #expect(datagrams.allSatisfy { $0[2] & 0x20 != 0 })
        }
    }

    @Test("signatures for who has proven nothing are few; over that the refusal is aloud")
    func handOffRate() async throws {
        try await TestDoors.with(
            administration: { request, _, _ in request },
            configure: {
                $0.exempt = []
                $0.rates.handOffBurst = 3
                $0.rates.handOffsPerSecond = 0
            }
        ) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            for number in 1...6 as ClosedRange<UInt32> {
                try socket.send(query(number: number, flags: [.usual, .certify]))
            }
            let codes = (1...6).compactMap { _ in Verdict(socket.receive() ?? [])?.code }
            #expect(codes.filter { $0 == .request }.count == 3)
            #expect(codes.filter { $0 == .serverTooBusy }.count == 3)
        }
    }

    @Test("the bounded queue refuses aloud, and the resolver goes on")
    func queueFull() async throws {
        let gate = Gate()
        try await TestDoors.with(
            administration: { request, _, _ in
                gate.wait()
                return Array(request)
            }, configure: { $0.poolThreadCount = 1 }
        ) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            // One is in work and 256 wait: of 300, at least 43 are refused at once.
            for number in 1...300 as ClosedRange<UInt32> {
                try socket.send(query(number: number, flags: [.usual, .certify]))
            }
            for _ in 1...43 {
                #expect(Verdict(socket.receive() ?? [])?.code == .serverTooBusy)
            }
            gate.open()
            var answered = 43
            while answered < 300, socket.receive() != nil { answered += 1 }
            #expect(answered == 300)
            await doors.count(.datagramRequestsAnswered, reaches: doors.transport.counters[.handedOff])
        }
    }
}
