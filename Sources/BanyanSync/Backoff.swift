/// How long to wait before the next attempt: twice as long each time, from one second to five minutes, and up to half
/// of it less by chance, so that many who were cut off together do not come back together.
public struct Backoff: Sendable {
    public static let shortest: Duration = .seconds(1)
    public static let longest: Duration = .seconds(300)

    private var next: Duration = shortest

    public init() {}

    /// The next wait.
    public mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = next
        next = min(next * 2, Self.longest)
        return whole - whole * (Double.random(in: 0..<0.5, using: &generator))
    }

    /// An attempt has succeeded.
    public mutating func reset() { next = Self.shortest }
}
