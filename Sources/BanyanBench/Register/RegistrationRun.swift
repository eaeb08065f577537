import HandleClient
import HandleProtocol
import Synchronization

/// The load of one connection.
final class RegistrationRun: Sendable {
    private struct State {
        var names: SplitMix
        var inFlight = 0
        var result = RegistrationLoad.Result()
        var isStopped = false
        var continuation: CheckedContinuation<RegistrationLoad.Result, Never>?
    }

    private let session: AdministrationSession
    private let prefix: [UInt8]
    private let values: [HandleValue]
    private let started = ContinuousClock.now
    private let duration: Duration
    private let state: Mutex<State>

    init(_ session: AdministrationSession, prefix: String, seconds: Double) {
        self.session = session
        self.prefix = Array((prefix + "/").utf8)
        values = Self.values
        duration = .seconds(seconds)
        var random = SystemRandomNumberGenerator()
        state = Mutex(State(names: SplitMix(seed: random.next())))
    }

    /// Three values; with the record's head 200 bytes as stored, as those of the suite's records.
    private static let values: [HandleValue] = [
        HandleValue(index: 1, type: Array("URL".utf8), data: Array("https://www.example.cn/p/0123456789".utf8)),
        HandleValue(index: 2, type: Array("NAME".utf8), data: Array("bearing 6205-2Z 25 x 52 x 15".utf8)),
        HandleValue(index: 3, type: Array("BATCH".utf8), data: Array("lot 0123456789, line 4, shift 2".utf8)),
    ]

    func run(window: Int) async -> RegistrationLoad.Result {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.continuation = continuation
                state.inFlight = window
            }
            session.submit((0..<window).map { _ in next() })
        }
    }

    private func next() -> (AdministrativeRequest, AdministrationSession.Completion) {
        let name = state.withLock { $0.names.next() }
        var handle = prefix
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: name >> UInt64(shift)) & 15
            handle.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
        let sent = ContinuousClock.now
        return (
            .create(HandleRecord(handle: handle, values: values)),
            { [self] result in answered(result, sent) }
        )
    }

    private func answered(_ result: Result<Administration.Reply, ClientError>, _ sent: ContinuousClock.Instant) {
        let now = ContinuousClock.now
        typealias Finished = CheckedContinuation<RegistrationLoad.Result, Never>
        let (goesOn, finished) = state.withLock { state -> (Bool, Finished?) in
            switch result {
            case .success(let reply) where reply.responseCode == .success:
                state.result.registered += 1
                state.result.latency.record(UInt64(clamping: (now - sent).nanoseconds))
            case .success: state.result.refused += 1
            case .failure:
                state.result.lost += 1
                state.isStopped = true
            }
            if !state.isStopped, now - started < duration { return (true, nil) }
            state.inFlight -= 1
            guard state.inFlight == 0 else { return (false, nil) }
            state.result.seconds = (now - started).inSeconds
            defer { state.continuation = nil }
            return (false, state.continuation)
        }
        if goesOn { session.submit([next()]) }
        if let finished { finished.resume(returning: state.withLock { $0.result }) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
