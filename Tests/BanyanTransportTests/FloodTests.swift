import BanyanTestSupport
import BanyanTransport
import Dispatch
import HandleProtocol
import Synchronization
import Testing

@Suite("Streams of clients that never stop")
struct FloodTests {
    @Test("one that asks without end keeps nobody else from being answered")
    func flood() async throws {
        try await TestDoors.with { doors in
            let flood = try TestSocket.stream(to: doors.port)
            let isOver = Atomic(false)
            let sides = DispatchGroup()
            DispatchQueue.global().async(group: sides) {
                let requests = (1...1_000).flatMap { query(number: $0, flags: [.usual, .keepAlive]) }
                while !isOver.load(ordering: .relaxed), (try? flood.send(requests)) != nil {}
                flood.closeWriting()
            }
            DispatchQueue.global().async(group: sides) {
                while let bytes = flood.receive(), !bytes.isEmpty {}
            }
            await doors.count(.streamRequestsAnswered, reaches: 10_000)
            // Not before: a connection that waits for its turn among the tests is idle, and would be closed.
            let good = try TestSocket.stream(to: doors.port)
            for number in 1...20 as ClosedRange<UInt32> {
                try good.send(query(number: number, flags: [.usual, .keepAlive]))
                #expect(Verdict(good.readMessage()) == Verdict(number, .success))
            }
            isOver.store(true, ordering: .relaxed)
            await withCheckedContinuation { ended in sides.notify(queue: .global()) { ended.resume() } }
        }
    }
}
