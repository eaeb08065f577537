import Dispatch
import Synchronization
import Testing

@testable import BanyanTransport

@Suite("What one address may draw over UDP (RFC 5358 in spirit)")
struct RateLimiterTests {
    static let address = IPAddress(v4: 0xC000_0201)
    static let answer = RateLimiter.Cost(answers: 1)

    /// The limiter behind a reference, as an expectation needs it.
    final class Limiter {
        private var limiter = RateLimiter(RateLimits())

        func take(_ cost: RateLimiter.Cost, from address: IPAddress, at now: UInt64) -> Bool {
            limiter.take(cost, from: address, at: now)
        }

        func refusesAloud() -> Bool { limiter.refusesAloud() }
    }

    /// Answers that `address` gets at one moment.
    static func draw(_ limiter: Limiter, _ address: IPAddress, at now: UInt64, most: Int = 100_000) -> Int {
        (0..<most).first { _ in !limiter.take(answer, from: address, at: now) } ?? most
    }

    @Test("an address gets its burst, and then as many as its rate fills")
    func burst() {
        let limiter = Limiter()
        #expect(Self.draw(limiter, Self.address, at: 1_000) == 5_000)
        #expect(Self.draw(limiter, Self.address, at: 1_001) == 2)
        #expect(Self.draw(limiter, Self.address, at: 1_501) == 1_000)
        #expect(Self.draw(limiter, Self.address, at: 1_000_000) == 5_000)
    }

    @Test("slow buckets fill evenly: a tenth of an error a millisecond")
    func slow() {
        let limiter = Limiter()
        let error = RateLimiter.Cost(errors: 1)
        for _ in 0..<500 { #expect(limiter.take(error, from: Self.address, at: 1)) }
        #expect(!limiter.take(error, from: Self.address, at: 10))
        #expect(limiter.take(error, from: Self.address, at: 11))
        #expect(!limiter.take(error, from: Self.address, at: 11))
        #expect(limiter.take(Self.answer, from: Self.address, at: 11), "answers have a bucket of their own")
    }

    @Test("a network gets eight times as much as an address, however many of its addresses ask")
    func network() {
        let limiter = Limiter()
        let drawn = (0..<16).map { Self.draw(limiter, IPAddress(v4: 0xC000_0200 + $0), at: 1) }
        #expect(drawn.reduce(0, +) == 40_000)
        #expect(Self.draw(limiter, IPAddress(v4: 0xC000_0301), at: 1) == 5_000, "the network beside it")
    }

    @Test("an IPv6 network is limited at 64, 56 and 48 bits")
    func version6() {
        let limiter = Limiter()
        let drawn = (0..<16).map {
            Self.draw(limiter, IPAddress(high: 0x2001_0DB8_0000_0000 + UInt64($0) << 12, low: UInt64($0)), at: 1)
        }
        #expect(drawn.reduce(0, +) == 40_000)
    }

    @Test("nothing is taken from one bucket when another is empty")
    func wholeOrNothing() {
        let limiter = Limiter()
        #expect(!limiter.take(RateLimiter.Cost(answers: 1, bytes: 262_145), from: Self.address, at: 1))
        #expect(limiter.take(RateLimiter.Cost(bytes: 262_144), from: Self.address, at: 1))
        #expect(Self.draw(limiter, Self.address, at: 1) == 5_000)
    }

    @Test("every second limited answer is refused aloud")
    func aloud() {
        let limiter = Limiter()
        #expect((0..<6).filter { _ in limiter.refusesAloud() }.count == 3)
    }

    @Test("the table is fixed: a hundred thousand sources leave those that ask now limited")
    func manySources() {
        let limiter = Limiter()
        for source in 0..<100_000 as Range<UInt32> {
            _ = limiter.take(Self.answer, from: IPAddress(v4: source &* 0x9E37_79B1), at: 1)
        }
        _ = Self.draw(limiter, Self.address, at: 2)
        #expect(Self.draw(limiter, Self.address, at: 2) == 0)
    }
}

@Suite("Addresses that completed an exchange over TCP")
struct ProvenAddressesTests {
    @Test("an address counts until its time, and no other does")
    func time() {
        let proven = ProvenAddresses()
        let address = IPAddress(v4: 0xC000_0201)
        proven.insert(address, until: 1_600)
        #expect(proven.contains(address, at: 1_599))
        #expect(!proven.contains(address, at: 1_600))
        #expect(!proven.contains(IPAddress(v4: 0xC000_0202), at: 1_599))
    }
}

@Suite("Rates of the whole node, whichever thread asks")
struct SharedRateLimiterTests {
    private static let answer = RateLimiter.Cost(answers: 1)

    @Test("many threads draw from one set of buckets")
    func threads() {
        let limiter = SharedRateLimiter(RateLimits())
        let address = IPAddress(v4: 0xC000_0201)
        let drawn = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<2_000 where limiter.take(Self.answer, from: address, at: 1) {
                drawn.add(1, ordering: .relaxed)
            }
        }
        #expect(drawn.load(ordering: .relaxed) == 5_000)
    }

    @Test("the networks that were limited most are known, whoever else is limited")
    func limited() {
        var rates = RateLimits()
        rates.answerBurst = 1
        rates.networkFactor = 1
        let limiter = SharedRateLimiter(rates)
        for _ in 0..<1_000 { _ = limiter.take(Self.answer, from: IPAddress(v4: 0xC000_0207), at: 1) }
        for network in 0..<2_000 as Range<UInt32> {
            for _ in 0..<2 { _ = limiter.take(Self.answer, from: IPAddress(v4: network << 8), at: 1) }
        }
        #expect(limiter.limitedNetworks.first?.network == IPAddress(v4: 0xC000_0200))
        #expect(limiter.limitedNetworks.count <= 64 * 8)
    }
}

@Suite("Connections, in all and from one address")
struct ConnectionTableTests {
    @Test("an address has its bound, an exempt one only that of all")
    func bounds() {
        let table = ConnectionTable(most: 20)
        let one = IPAddress(v4: 1)
        #expect(
            (0..<3).map { _ in table.admit(one, isExempt: false, mostPerAddress: 2) } == [
                .admitted, .admitted, .refused,
            ])
        table.release(one)
        #expect(table.admit(one, isExempt: false, mostPerAddress: 2) == .admitted)
        let other = IPAddress(v4: 2)
        let admissions = (0..<20).map { _ in table.admit(other, isExempt: true, mostPerAddress: 2) }
        #expect(admissions.prefix(16).allSatisfy { $0 == .admitted })
        #expect(admissions[16..<18] == [.crowded, .crowded], "over nine tenths")
        #expect(admissions[18...].allSatisfy { $0 == .refused })
    }
}

@Suite("The pool's time for addresses that have proven nothing")
struct UnprovenShareTests {
    @Test("a quarter of a second at once, and a quarter of each second after")
    func share() {
        let share = UnprovenShare()
        #expect(share.admits(at: 1_000))
        share.spend(.milliseconds(251))
        #expect(!share.admits(at: 1_000))
        #expect(!share.admits(at: 1_004))
        #expect(share.admits(at: 1_008))
        share.spend(.seconds(1))
        #expect(!share.admits(at: 4_900), "what was spent beyond is owed")
        #expect(share.admits(at: 5_100))
    }
}
