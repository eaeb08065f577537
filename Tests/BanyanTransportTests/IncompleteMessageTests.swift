import BanyanTestSupport
import HandleProtocol
import NIOCore
import Testing

@testable import BanyanTransport

@Suite("Messages that come in part share a bound (RFC 3652 §2.3)")
struct IncompleteMessageTests {
    /// So many bytes of a message that announces more.
    private static func part(_ byteCount: Int, number: UInt32) -> [UInt8] {
        let message = request(.createHandle, body: [UInt8](repeating: 0, count: 250_000), number: number)
        return Array(message.prefix(byteCount))
    }

    @Test("who goes beyond it is refused aloud and closed; whole requests pass, and room comes back")
    func bound() async throws {
        try await TestDoors.with(
            administration: { _, _, _ in query(number: 9) }, configure: { $0.incompleteByteCount = 100_000 }
        ) { doors in
            var holding: [TestSocket] = []
            for number in 0..<2 as Range<UInt32> {
                let socket = try TestSocket.stream(to: doors.port)
                try socket.send(Self.part(50_000, number: number))
                holding.append(socket)
            }
            while doors.transport.incompleteByteCount < 2 * (50_000 - IncompleteMessages.freeByteCount) {
                await Task.yield()
            }
            let beyond = try TestSocket.stream(to: doors.port)
            try beyond.send(Self.part(50_000, number: 7))
            #expect(Verdict(beyond.readMessage()) == Verdict(7, .serverTooBusy))
            await doors.count(.incompleteRefused, reaches: 1)

            let good = try TestSocket.stream(to: doors.port)
            let question = query(number: 8)
            try good.send(Array(question.prefix(30)))
            try good.send(Array(question.dropFirst(30)))
            #expect(Verdict(good.readMessage()) == Verdict(8, .success))

            holding.removeAll()
            await doors.count(.connectionsClosed, reaches: 4)
            let next = try TestSocket.stream(to: doors.port)
            let message = request(.createHandle, body: [UInt8](repeating: 0, count: 80_000), number: 9)
            try next.send(Array(message.prefix(50_000)))
            try next.send(Array(message.dropFirst(50_000)))
            #expect(Verdict(next.readMessage())?.number == 9)
            #expect(doors.transport.counters[.incompleteRefused] == 1)
        }
    }

    @Test("the first bytes of each are free, what is beyond is counted once and given back")
    func shares() {
        let incomplete = IncompleteMessages(byteCountMax: 10_000)
        var one = IncompleteMessages.Share()
        var other = IncompleteMessages.Share()
        #expect(incomplete.set(&one, toByteCount: IncompleteMessages.freeByteCount))
        #expect(incomplete.byteCount == 0)
        #expect(incomplete.set(&one, toByteCount: IncompleteMessages.freeByteCount + 10_000))
        #expect(!incomplete.set(&other, toByteCount: IncompleteMessages.freeByteCount + 1))
        #expect(incomplete.set(&one, toByteCount: IncompleteMessages.freeByteCount + 9_999))
        #expect(incomplete.set(&other, toByteCount: IncompleteMessages.freeByteCount + 1))
        #expect(incomplete.byteCount == 10_000)
        #expect(incomplete.set(&one, toByteCount: 0) && incomplete.set(&other, toByteCount: 0))
        #expect(incomplete.byteCount == 0)
    }

    @Test("a framer keeps no more memory than its bytes need")
    func compact() {
        var framer = MessageFramer()
        var buffer = ByteBuffer()
        buffer.reserveCapacity(65_536)
        buffer.writeBytes(Self.part(100, number: 1))
        framer.append(buffer)
        #expect(framer.next() == .incomplete)
        framer.compact()
        #expect(framer.pendingByteCount == 100)
        let message = query(number: 2)
        var whole = MessageFramer()
        whole.append(ByteBuffer(bytes: message.prefix(25)))
        whole.compact()
        whole.append(ByteBuffer(bytes: message.dropFirst(25)))
        #expect(whole.next() == .message(ByteBuffer(bytes: message)))
    }
}
