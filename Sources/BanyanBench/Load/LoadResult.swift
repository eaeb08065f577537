import HandleProtocol

/// What a load run saw. Times are nanoseconds until they are printed.
public struct LoadResult: Sendable {
    public internal(set) var target = ""
    public internal(set) var workload = Workload()
    public internal(set) var keyCount = 0
    /// Requests sent while measuring.
    public internal(set) var sent = 0
    /// Answers that say success.
    public internal(set) var found = 0
    /// Answers that say no such handle, or no such value.
    public internal(set) var negative = 0
    /// Answers with any other code, and what is no answer at all.
    public internal(set) var failed = 0
    /// Requests given up after the time-out.
    public internal(set) var lost = 0
    /// Answers nobody waited for any more.
    public internal(set) var late = 0
    /// Open loop: requests that were due but could not be sent before the end. Above 0 the rate was not offered.
    public internal(set) var unsent = 0
    /// Measured seconds.
    public internal(set) var seconds = 0.0
    public internal(set) var latency = Histogram()

    public var answered: Int { found + negative + failed }
    public var answersPerSecond: Double { seconds > 0 ? Double(answered) / seconds : 0 }
    /// Share of the sent requests that got no answer, 0 to 1.
    public var lossShare: Double { sent > 0 ? Double(lost) / Double(sent) : 0 }

    mutating func count(_ code: ResponseCode) {
        switch code {
        case .success: found += 1
        case .handleNotFound, .valuesNotFound: negative += 1
        default: failed += 1
        }
    }

    mutating func add(_ other: LoadResult) {
        sent += other.sent
        found += other.found
        negative += other.negative
        failed += other.failed
        lost += other.lost
        late += other.late
        unsent += other.unsent
        latency.add(other.latency)
    }
}
