import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@testable import BanyanAdmin

@Suite("What a session is at, and what may follow (RFC 3652 §3.8)")
struct SessionStateTests {
    private let admin = Identity(ValueReference(handle: Array("0.NA/1".utf8), index: 300))
    private let other = Identity(ValueReference(handle: Array("0.NA/1".utf8), index: 301))

    @Test("of the counters that were seen none is taken again, in whatever order they come")
    func counters() {
        var window = CounterWindow()
        var generator = SeededGenerator(seed: 7)
        var taken: Set<UInt32> = []
        for _ in 0..<5_000 {
            let counter = UInt32.random(in: 1...2_000, using: &generator)
            if window.take(counter) { #expect(taken.insert(counter).inserted, "\(counter)") }
        }
        #expect(taken.count > 200)
    }

    @Test("counters may come late by as many as are remembered; 0 is always taken")
    func lateCounters() {
        var window = CounterWindow()
        let base = (1...UInt32(CounterWindow.countMax)).map { 10 * $0 }
        for counter in base {
            #expect(window.take(counter) == true)
        }
        // 10 is forgotten for 11: nothing up to it is taken any more.
        for (counter, isTaken) in [
            (0, true), (0, true), (11, true), (11, false), (10, false), (9, false), (.max, true), (.max, false),
        ] as [(UInt32, Bool)] {
            #expect(window.take(counter) == isTaken)
        }
    }

    @Test("a session is authenticated by whom it was set up for, and by nobody else")
    func identity() {
        var machine = SessionStateMachine(named: admin, hasKey: true)
        machine.proven(other)
        #expect(machine.identity == nil)
        machine.proven(admin)
        #expect(machine.identity == admin)
        machine.proven(other)
        #expect(machine.identity == admin)
        var anonymous = SessionStateMachine(named: nil, hasKey: true)
        anonymous.proven(admin)
        #expect(anonymous.identity == nil)
    }

    @Test("codes are looked at before counters, and a version without counters has none")
    func codes() {
        var machine = SessionStateMachine(named: admin, hasKey: true)
        #expect(machine.requestReceived(.missing, countsMessages: true) == .codeMissing)
        #expect(machine.requestReceived(.wrong, countsMessages: true) == .codeWrong)
        for expected in [SessionStateMachine.Verdict.accepted, .repeated(counter: 3)] {
            #expect(machine.requestReceived(.right(counter: 3), countsMessages: true) == expected)
        }
        #expect(machine.requestReceived(.right(counter: 3), countsMessages: false) == .accepted)
    }

    @Test("a key comes once, before it nothing is accepted, and after the end nothing is")
    func phases() {
        var machine = SessionStateMachine(named: admin, hasKey: false)
        machine.proven(admin)
        #expect(machine.identity == nil)
        #expect(machine.requestReceived(.right(counter: 1), countsMessages: true) == .noSession)
        #expect(machine.keyReceived() == true)
        #expect(machine.keyReceived() == false)
        #expect(machine.requestReceived(.right(counter: 1), countsMessages: true) == .accepted)
        #expect(machine.nextCounter() == 1)
        #expect(machine.nextCounter() == 2)
        #expect(machine.terminate() == true)
        #expect(machine.terminate() == false)
        #expect(machine.keyReceived() == false)
        #expect(machine.requestReceived(.right(counter: 2), countsMessages: true) == .noSession)
    }

    @Test("a login is of who asked for it; what was tried and what is under way is known")
    func login() {
        var login = LoginStateMachine()
        #expect(!login.wasTried && !login.isUnderWay)
        #expect(login.requested(by: admin) == .challenge)
        #expect(login.wasTried && login.isUnderWay && login.identity == nil)
        #expect(login.proven(other) == false)
        #expect(login.wasTried && !login.isUnderWay)
        // The challenge was for nothing then.
        #expect(login.proven(admin) == false)
        #expect(login.requested(by: admin) == .challenge)
        #expect(login.proven(admin) == true)
        #expect(login.identity == admin)
        #expect(login.requested(by: other) == .alreadyLoggedIn)
        login.failed()
        login.refused()
        #expect(login.identity == admin)
    }

    @Test("sessions end by their time, by lying idle, by their number, and by being asked to")
    func store() throws {
        let pool = IdentifierPool()
        let store = SessionStore(identifiers: pool)
        let cipher = try SessionCipher(.aes, key: SecretBytes([UInt8](repeating: 1, count: 32)))
        let start = ContinuousClock.now
        func open(_ timeout: UInt32, at now: ContinuousClock.Instant) throws -> UInt32 {
            try #require(try store.open(named: admin, cipher: cipher, timeout: timeout, at: now)?.identifier)
        }
        let short = try open(60, at: start)
        #expect(IdentifierPool.range.contains(short))
        #expect(store.find(short, at: start + .seconds(59)) != nil)
        #expect(store.find(short, at: start + .seconds(60)) == nil)
        let idle = try open(0, at: start)
        #expect(store.find(idle, at: start + .seconds(899)) != nil)
        #expect(store.find(idle, at: start + .seconds(1_798)) != nil)
        #expect(store.find(idle, at: start + .seconds(2_698)) == nil)
        let long = try open(.max, at: start)
        for part in 1..<108 { #expect(store.find(long, at: start + .seconds(800 * part)) != nil) }
        #expect(store.find(long, at: start + .seconds(86_400)) == nil)
        let ended = try #require(store.find(open(0, at: start), at: start))
        store.remove(ended)
        #expect(store.find(ended.identifier ?? 0, at: start) == nil)
        #expect(pool.count == 0)
        let first = try open(0, at: start)
        for _ in 0..<SessionStore.countMax { _ = try open(0, at: start) }
        #expect(store.count == SessionStore.countMax)
        #expect(pool.count == SessionStore.countMax)
        #expect(store.find(first, at: start) == nil)
    }

    @Test(
        "strangers' sessions end strangers' only: those that are somebody's stay, and the newcomer is refused instead")
    func eviction() throws {
        let store = SessionStore(identifiers: IdentifierPool())
        let cipher = try SessionCipher(.aes, key: SecretBytes([UInt8](repeating: 1, count: 32)))
        let start = ContinuousClock.now
        func open(at now: ContinuousClock.Instant) throws -> Session? {
            try store.open(named: admin, cipher: cipher, timeout: 0, at: now)
        }
        let own = try (0..<100).map { _ in try #require(try open(at: start)) }
        for session in own { session.proven(admin) }
        for _ in 0..<2 * SessionStore.countMax { #expect(try open(at: start) != nil) }
        #expect(store.count == SessionStore.countMax)
        for session in own { #expect(store.find(session.identifier ?? 0, at: start) === session) }
        // All somebody's: no newcomer, until one of them has ended.
        let full = SessionStore(identifiers: IdentifierPool())
        let sessions = try (0..<SessionStore.countMax).map { _ in
            try #require(try full.open(named: admin, cipher: cipher, timeout: 0, at: start))
        }
        for session in sessions { session.proven(admin) }
        #expect(try full.open(named: admin, cipher: cipher, timeout: 0, at: start) == nil)
        #expect(full.count == SessionStore.countMax)
        full.remove(sessions[7])
        #expect(try full.open(named: admin, cipher: cipher, timeout: 0, at: start) != nil)
        let later = start + .seconds(900)
        #expect(try full.open(named: admin, cipher: cipher, timeout: 0, at: later) != nil)
        #expect(full.count == SessionStore.countMax)
    }
}
