/// What a load run asks, and how fast. Bounded in time and count: a run always ends.
public struct Workload: Sendable {
    public enum Pace: Sendable, Equatable {
        /// Closed loop: so many requests under way; an answer makes room for the next request. Shows throughput.
        case window(Int)
        /// Open loop: so many requests a second, sent when they are due whether answers come or not. Shows latency.
        case rate(Double)
    }

    public enum Popularity: Sendable, Equatable {
        case uniform
        /// Rank k of the keys is asked with a share proportional to 1 ÷ k^exponent.
        case zipf(Double)
    }

    public enum Transport: String, Sendable, Codable {
        case udp, tcp
    }

    public var transport = Transport.udp
    public var pace = Pace.window(256)
    public var popularity = Popularity.uniform
    /// Sockets (UDP) or connections (TCP).
    public var connectionCount = 1
    /// TCP: requests on a connection before the next one is opened; nil for no end. 1 is what the reference's clients
    /// do, and all that its server allows.
    public var requestsPerConnection: Int?
    /// Measured seconds, at most 3,600.
    public var seconds = 5.0
    /// Seconds before measuring begins, at most 60.
    public var warmUpSeconds = 0.5
    /// Measured requests at most.
    public var requestCount = Int.max
    /// Seconds after which a request without answer is lost.
    public var timeout = 0.5
    public var seed: UInt64 = 1

    public init() {}

    /// Requests under way at most. In the open loop: what the rate makes in one time-out, and as much again.
    var tableCapacity: Int {
        switch pace {
        case .window(let count): count
        case .rate(let rate): Int(min(Double(1 << 20), max(1_024, 2 * rate * timeout)))
        }
    }

    /// Refuses what would not end, or could not begin.
    public func check() throws(BenchError) {
        switch pace {
        case .window(let count) where !(1...(1 << 20)).contains(count):
            throw .badWorkload("a window has 1 to 1,048,576 requests")
        case .rate(let rate) where !(rate >= 0.1 && rate <= 10_000_000):
            throw .badWorkload("a rate is 0.1 to 10,000,000 requests a second")
        default: break
        }
        if case .zipf(let exponent) = popularity, !(exponent > 0 && exponent <= 10) {
            throw .badWorkload("a Zipf exponent is above 0, at most 10")
        }
        guard (1...1_024).contains(connectionCount) else { throw .badWorkload("1 to 1,024 connections") }
        guard seconds > 0, seconds <= 3_600 else { throw .badWorkload("a run takes at most 3,600 seconds") }
        guard warmUpSeconds >= 0, warmUpSeconds <= 60 else { throw .badWorkload("a warm-up takes at most 60 seconds") }
        guard requestsPerConnection ?? 1 >= 1 else { throw .badWorkload("a connection has at least one request") }
        guard requestCount >= 1 else { throw .badWorkload("a run has at least one request") }
        guard timeout > 0, timeout <= 60 else { throw .badWorkload("a time-out is at most 60 seconds") }
    }
}
