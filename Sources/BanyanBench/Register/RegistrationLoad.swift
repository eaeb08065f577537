import Foundation
public import HandleClient
import HandleProtocol

/// Registers new handles as fast as a server takes them: on each connection, in a session or logged in, so many
/// requests are always under way (closed loop). Every one is a name that nobody had, in random order.
public struct RegistrationLoad: Sendable {
    public var target: LoadTarget
    public var authentication: ClientAuthentication
    public var prefix: String
    public var options = SessionOptions()
    public var connectionCount = 1
    /// Measured seconds.
    public var seconds = 5.0

    public init(target: LoadTarget, authentication: ClientAuthentication, prefix: String) {
        self.target = target
        self.authentication = authentication
        self.prefix = prefix
    }

    /// What a run came to.
    public struct Result: Sendable {
        public var registered = 0
        /// Answered by another code than success.
        public var refused = 0
        /// Without an answer.
        public var lost = 0
        public var seconds = 0.0
        /// From sending to the answer, in nanoseconds.
        public var latency = Histogram()

        public var rate: Double { seconds > 0 ? Double(registered) / seconds : 0 }

        mutating func add(_ other: Result) {
            registered += other.registered
            refused += other.refused
            lost += other.lost
            seconds = max(seconds, other.seconds)
            latency.add(other.latency)
        }
    }

    public func run() async throws(BenchError) -> Result {
        var sessions: [AdministrationSession] = []
        do {
            for _ in 0..<connectionCount {
                sessions.append(
                    try await AdministrationSession.open(
                        to: target.address, authentication: authentication, options: options))
            }
        } catch {
            throw error.isUnreachable ? .unreachable("\(target.address)") : .node("\(error)")
        }
        let results = await withTaskGroup(of: Result.self) { group in
            for session in sessions {
                let run = RegistrationRun(session, prefix: prefix, seconds: seconds)
                group.addTask { await run.run(window: options.window) }
            }
            var total = Result()
            for await result in group { total.add(result) }
            return total
        }
        for session in sessions { await session.close() }
        return results
    }
}

extension RegistrationLoad.Result {
    private func milliseconds(_ quantile: Double) -> Double {
        Double(latency.value(atQuantile: quantile) ?? 0) / 1_000_000
    }

    /// For people: a line.
    public func text() -> String {
        "\(Quantity.text(rate)) registrations/s (\(registered) in \(Quantity.text(seconds)) s), \(refused) refused, "
            + "\(lost) lost; p50 \(Quantity.text(milliseconds(0.5))) ms, p99 \(Quantity.text(milliseconds(0.99))) ms"
    }

    /// For programs.
    public func json() -> String {
        let figures: [(String, String)] = [
            ("registered", "\(registered)"), ("refused", "\(refused)"), ("lost", "\(lost)"),
            ("seconds", "\(seconds)"), ("registrationsPerSecond", "\(rate)"),
            ("p50Milliseconds", "\(milliseconds(0.5))"), ("p99Milliseconds", "\(milliseconds(0.99))"),
        ]
        return "{" + figures.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
