/// How long to wait before the next attempt: twice as long each time, from one second to five minutes or as told, and
/// up to half of it less by chance, so that many who were cut off together do not come back together.
public struct Backoff: Sendable {
    public static let shortest: Duration = .seconds(1)
    public static let longest: Duration = .seconds(300)

    private let range: ClosedRange<Duration>
    private var next: Duration

    public init(_ range: ClosedRange<Duration> = shortest...longest) {
        self.range = range
        next = range.lowerBound
    }

    /// The next wait.
    public mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = next
        next = min(next * 2, range.upperBound)
        return whole - whole * (Double.random(in: 0..<0.5, using: &generator))
    }

    /// An attempt has succeeded.
    public mutating func reset() { next = range.lowerBound }
}
