import BanyanTestSupport
import HandleProtocol
import Testing

@testable import BanyanAdmin

@Suite("Challenges that wait, and datagrams that come again (RFC 3652 §3.5)")
struct ChallengeStoreTests {
    private func challenge(bodyByteCount: Int = 0) -> PendingChallenge {
        PendingChallenge(
            request: Message(
                envelope: Envelope(requestID: 1, messageByteCount: 0),
                header: MessageHeader(opCode: .resolution, flags: .usual, expiration: 0),
                body: [UInt8](repeating: 0, count: bodyByteCount)),
            peer: ServiceOverDataset.peer, nonce: [1], requestDigest: [2])
    }

    @Test("a challenge is there for a minute, and once")
    func lifetime() throws {
        let store = ChallengeStore()
        let start = ContinuousClock.now
        let (one, two) = (try store.insert(challenge(), at: start), try store.insert(challenge(), at: start))
        #expect(one != two)
        #expect(store.take(one, at: start + .milliseconds(59_999))?.nonce == [1])
        #expect(store.take(one, at: start + .milliseconds(59_999)) == nil)
        #expect(store.take(two, at: start + .seconds(60)) == nil)
        #expect(store.count == 0)
    }

    @Test("beyond ten thousand the oldest goes, and nobody else")
    func count() throws {
        let store = ChallengeStore()
        let start = ContinuousClock.now
        var names: [UInt32] = []
        for _ in 0..<(ChallengeStore.countMax + 2) { names.append(try store.insert(challenge(), at: start)) }
        #expect(store.count == ChallengeStore.countMax)
        #expect(store.take(names[1], at: start) == nil)
        #expect(store.take(names[2], at: start) != nil)
        #expect(names.allSatisfy { IdentifierPool.range.contains($0) })
    }

    @Test("large requests push each other out, not the memory")
    func bytes() throws {
        let store = ChallengeStore()
        let start = ContinuousClock.now
        let size = ChallengeStore.byteCountMax / 4
        var names: [UInt32] = []
        for _ in 0..<6 { names.append(try store.insert(challenge(bodyByteCount: size), at: start)) }
        #expect(store.count == 4)
        #expect(store.take(names[5], at: start) != nil)
        names.append(try store.insert(challenge(bodyByteCount: size), at: start))
        #expect(store.count == 4)
        #expect(store.take(names[2], at: start) != nil)
    }

    @Test("an answer is given again for five seconds, to the same bytes from the same address")
    func retransmissions() {
        let cache = RetransmissionCache()
        let start = ContinuousClock.now
        let peer = ServiceOverDataset.peer
        cache.keep([9], to: [1], from: peer, at: start)
        cache.keep([8], to: [1], from: peer, at: start)
        #expect(cache.answer(to: [1], from: peer, at: start + .milliseconds(4_999)) == [9])
        #expect(cache.answer(to: [1, 0], from: peer, at: start) == nil)
        var other = peer
        other.addressLow += 1
        #expect(cache.answer(to: [1], from: other, at: start) == nil)
        #expect(cache.answer(to: [1], from: peer, at: start + .seconds(5)) == nil)
    }

    @Test("what comes again while it is being answered is in work; without an answer it is new again")
    func repetitions() {
        let cache = RetransmissionCache()
        let start = ContinuousClock.now
        let peer = ServiceOverDataset.peer
        #expect(cache.begin([1], from: peer, at: start) == .new)
        #expect(cache.begin([1], from: peer, at: start) == .inWork)
        cache.finish([1], from: peer, with: nil, at: start)
        #expect(cache.begin([1], from: peer, at: start) == .new)
        cache.finish([1], from: peer, with: AdminAnswer([2], rest: { nil }), at: start)
        #expect(cache.begin([1], from: peer, at: start) == .new)
    }

    @Test("the cache holds so many answers and so many bytes, the newest")
    func retransmissionBounds() {
        let cache = RetransmissionCache()
        let start = ContinuousClock.now
        let peer = ServiceOverDataset.peer
        for number in 0...RetransmissionCache.countMax {
            cache.keep([1], to: [UInt8(number & 0xFF), UInt8(number >> 8)], from: peer, at: start)
        }
        #expect(cache.answer(to: [0, 0], from: peer, at: start) == nil)
        #expect(cache.answer(to: [1, 0], from: peer, at: start) == [1])
        let large = [UInt8](repeating: 0, count: RetransmissionCache.byteCountMax)
        cache.keep(large, to: [7], from: peer, at: start)
        #expect(cache.answer(to: [7], from: peer, at: start) == nil)
        cache.keep([2], to: [7], from: peer, at: start)
        #expect(cache.answer(to: [7], from: peer, at: start) == [2])
    }
}

extension RetransmissionCache {
    fileprivate func keep(_ answer: [UInt8], to request: [UInt8], from peer: Peer, at now: ContinuousClock.Instant) {
        finish(request, from: peer, with: AdminAnswer(answer), at: now)
    }

    /// The answer that is kept; leaves nothing in work.
    fileprivate func answer(to request: [UInt8], from peer: Peer, at now: ContinuousClock.Instant) -> [UInt8]? {
        guard case .answered(let answer) = begin(request, from: peer, at: now) else {
            finish(request, from: peer, with: nil, at: now)
            return nil
        }
        return answer
    }
}

@Suite("Codes that older versions do not know (RFC 3652 §2.2.2.2)")
struct KnownCodeTests {
    @Test("below 2.5 read-only and invalid value have the codes that they were split from, all else stays")
    func oldCodes() {
        let old = ProtocolVersion(2, 4)
        #expect(ResponseCode.serverReadOnly.known(to: old) == .prefixReferral)
        #expect(ResponseCode.invalidValue.known(to: old) == .valueAlreadyExists)
        #expect(ResponseCode.handleNotFound.known(to: old) == .handleNotFound)
        for code in [ResponseCode.serverReadOnly, .invalidValue] {
            #expect(code.known(to: ProtocolVersion(2, 5)) == code)
            #expect(code.known(to: .current) == code)
        }
    }
}
