import BanyanTestSupport
import BanyanTransport
import HandleProtocol
import Testing

@Suite("Trains of datagrams from one peer (RFC 3652 §2.3)")
struct TrainTests {
    /// Names of one length, so that their questions are of one length: short and long answers, and what is missing.
    static let names = ["88.100.1/SN-000001", "88.100.1/SN-000002", "88.100.1/BIG3000", "88.100.1/EXACT985"]

    /// Questions padded to the longest by bytes behind the message, which nobody reads.
    static func train(_ count: Int, byteCount: Int = 128) -> [UInt8] {
        (0..<count).flatMap { number in
            let question = query(names[number % names.count], number: UInt32(number))
            return question + [UInt8](repeating: 0, count: byteCount - question.count)
        }
    }

    @Test("each of a train is answered as it would be alone, on every kind of address")
    func answers() async throws {
        let listen = try ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"].map { try #require(Endpoint($0)) }
        let doors = try await TestDoors(listen)
        for (place, address) in ["127.0.0.1", "::1", "127.0.0.9", "::1"].enumerated() {
            let port = doors.bound.udp[place].port
            let alone = try TestSocket.datagram(to: port, at: address)
            var expected: [UInt32: [[UInt8]]] = [:]
            for number in 0..<60 {
                try alone.send(Array(Self.train(60)[number * 128..<(number + 1) * 128]))
                expected[UInt32(number)] = alone.receiveFragments().map(masked)
            }
            let socket = try TestSocket.datagram(to: port, at: address)
            try socket.sendTrain(Self.train(60), of: 128)
            var answers: [UInt32: [[UInt8]]] = [:]
            for _ in 0..<expected.values.reduce(0, { $0 + $1.count }) {
                let datagram = try #require(socket.receive())
                answers[datagram.rawSpan.bigEndianUInt32(at: 8), default: []].append(datagram)
            }
            for (number, fragments) in answers {
                let sorted = fragments.sorted { $0[12..<16].lexicographicallyPrecedes($1[12..<16]) }
                #expect(sorted.map(masked) == expected[number], "\(address), question \(number)")
            }
            #expect(answers.count == expected.count)
        }
        await doors.transport.drain()
    }

    @Test("a train's last datagram may be shorter, and one that is no request is passed over")
    func lastAndFaulty() async throws {
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        var train = Self.train(9)
        train.replaceSubrange(4 * 128..<5 * 128, with: [UInt8](repeating: 0xFF, count: 128))
        try socket.sendTrain(train + query(number: 9), of: 128)
        var numbers: Set<UInt32> = []
        while numbers.count < 9 {
            let answer = try #require(socket.receive())
            numbers.insert(answer.rawSpan.bigEndianUInt32(at: 8))
        }
        #expect(numbers == Set(0..<10).subtracting([4]))
    }

    @Test("a train of datagrams that are too long is dropped, what comes behind it is not")
    func oversized() async throws {
        let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
        try socket.sendTrain([UInt8](repeating: 2, count: 4 * 1_473), of: 1_473)
        try socket.send(query(number: 5))
        #expect(Verdict(socket.receive() ?? []) == Verdict(5, .success))
    }

    @Test("a question in pieces is put together when these come as a train")
    func pieces() async throws {
        let vectors = try Vectors.load("udp-fragment").filter {
            $0.requestPackets.count > 1 && $0.name != "request-missing-packet" && !$0.responsePackets.isEmpty
        }
        #expect(!vectors.isEmpty)
        for vector in vectors where vector.requestPackets.dropLast().allSatisfy({ $0.count == 512 }) {
            let socket = try TestSocket.datagram(to: try await TestDoors.shared.value.port)
            try socket.sendTrain(vector.requestPackets.flatMap(\.self), of: 512)
            #expect(socket.receiveFragments().map(\.count) == vector.responsePackets.map(\.count), "\(vector.name)")
        }
    }

    @Test("an address that pays for its answers pays for each of a train")
    func limits() async throws {
        let configure: (inout TransportConfiguration) -> Void = {
            $0.exempt = []
            $0.rates.answersPerSecond = 1
            $0.rates.answerBurst = 10
        }
        try await TestDoors.with(configure: configure) { doors in
            let socket = try TestSocket.datagram(to: doors.port)
            try socket.sendTrain((0..<40).flatMap { query(number: $0) }, of: query(number: 0).count)
            await doors.count(.datagramsReceived, reaches: 40)
            await doors.count(.datagramRequestsAnswered, reaches: 10)
            #expect(doors.transport.counters[.datagramRequestsAnswered] == 10)
        }
    }
}
