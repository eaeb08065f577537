import Foundation

/// What a load run saw, to print or to keep.
public struct LoadReport: Codable, Sendable, Equatable {
    public struct Latency: Codable, Sendable, Equatable {
        public var min: Double
        public var mean: Double
        public var p50: Double
        public var p90: Double
        public var p99: Double
        public var p999: Double
        public var p9999: Double
        public var max: Double
    }

    public var machine: String
    public var target: String
    public var transport: Workload.Transport
    /// Closed loop: requests under way. Nil in the open loop.
    public var window: Int?
    /// Open loop: requests a second that were due. Nil in the closed loop.
    public var rate: Double?
    /// Nil when every key is as popular as the next.
    public var zipf: Double?
    public var keys: Int
    public var connections: Int
    public var seed: UInt64
    public var seconds: Double
    public var sent: Int
    public var found: Int
    public var negative: Int
    public var failed: Int
    public var lost: Int
    public var late: Int
    /// Open loop: requests that were due and could not be sent.
    public var unsent: Int
    public var answersPerSecond: Double
    /// Lost ÷ sent.
    public var loss: Double
    /// Microseconds; in the open loop from when a request was due.
    public var latency: Latency

    public init(_ result: LoadResult) {
        let workload = result.workload
        machine = FigureTable.thisMachine()
        target = result.target
        transport = workload.transport
        if case .window(let count) = workload.pace { window = count }
        if case .rate(let perSecond) = workload.pace { rate = perSecond }
        if case .zipf(let exponent) = workload.popularity { zipf = exponent }
        keys = result.keyCount
        connections = workload.connectionCount
        seed = workload.seed
        seconds = result.seconds
        (sent, found, negative, failed) = (result.sent, result.found, result.negative, result.failed)
        (lost, late, unsent) = (result.lost, result.late, result.unsent)
        answersPerSecond = result.answersPerSecond
        loss = result.lossShare
        func microseconds(_ quantile: Double) -> Double {
            Double(result.latency.value(atQuantile: quantile) ?? 0) / 1_000
        }
        latency = Latency(
            min: microseconds(0), mean: result.latency.mean / 1_000, p50: microseconds(0.5), p90: microseconds(0.9),
            p99: microseconds(0.99), p999: microseconds(0.999), p9999: microseconds(0.9999), max: microseconds(1))
    }

    /// For programs: sorted keys.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// For people.
    public func text() -> String {
        let pace = rate.map { "\(Quantity.text($0)) requests a second" } ?? "\(window ?? 0) under way"
        let popularity = zipf.map { "Zipf \($0)" } ?? "uniform"
        var lines = [
            "\(transport.rawValue.uppercased()) \(target), \(pace), \(connections) "
                + (transport == .udp ? "sockets" : "connections")
                + ", \(Quantity.text(Double(keys))) keys \(popularity)",
            "machine     \(machine), seed \(seed)",
            "throughput  \(Quantity.text(answersPerSecond)) answers/s in \(Quantity.text(seconds)) s",
            "answers     \(count(found)) found, \(count(negative)) negative, \(count(failed)) failed",
            "requests    \(count(sent)) sent, \(count(lost)) lost (\(String(format: "%.4f", loss * 100)) %), "
                + "\(count(late)) answers too late",
        ]
        if unsent > 0 { lines.append("unsent      \(count(unsent)): the rate was not reached, latencies say so too") }
        let points = [
            ("min", latency.min), ("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99),
            ("p99.9", latency.p999), ("p99.99", latency.p9999), ("max", latency.max),
        ]
        lines.append("latency     " + points.map { "\($0.0) \(Quantity.text($0.1))" }.joined(separator: "  ") + "  µs")
        return lines.joined(separator: "\n")
    }

    private func count(_ value: Int) -> String { Quantity.text(Double(value)) }
}
