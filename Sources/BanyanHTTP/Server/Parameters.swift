import HTTPTypes

/// What stands in a query or a form, in order; a name may be there more than once.
public struct HTTPParameters: Equatable, Sendable {
    public private(set) var pairs: [(name: String, value: [UInt8])] = []

    public init() {}

    /// - Throws: for a percent sign that encodes nothing.
    public init(form: some StringProtocol) throws(ProblemResponse) {
        for part in form.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true),
                let value = halves.count == 1 ? [] : PercentEncoding.decode(halves[1], plusIsSpace: true)
            else {
                throw ProblemResponse(
                    .badRequest, "bad-encoding", "A percent sign without two hexadecimal digits in the query")
            }
            append(String(decoding: name, as: UTF8.self), value)
        }
    }

    public mutating func append(_ name: String, _ value: [UInt8]) { pairs.append((name, value)) }

    /// All values of a name.
    public func all(_ name: String) -> [[UInt8]] { pairs.filter { $0.name == name }.map(\.value) }
    /// The first value of a name.
    public func first(_ name: String) -> [UInt8]? { pairs.first { $0.name == name }?.value }
    /// The first value of a name as text.
    public func text(_ name: String) -> String? { first(name).map { String(decoding: $0, as: UTF8.self) } }

    /// Whether something is asked for: present and empty, or `yes` or `true` in any case. nil where it is absent.
    public func flag(_ name: String) -> Bool? {
        text(name).map { ["", "yes", "true"].contains($0.lowercased()) }
    }

    public static func == (one: HTTPParameters, other: HTTPParameters) -> Bool {
        one.pairs.count == other.pairs.count && zip(one.pairs, other.pairs).allSatisfy { $0 == $1 }
    }
}

extension HTTPCall {
    /// What the query says.
    public func parameters() throws(ProblemResponse) -> HTTPParameters { try HTTPParameters(form: query ?? "") }

    /// Whether the query asks for something; false also for a query that cannot be read.
    func hasFlag(_ name: String) -> Bool { (try? parameters())?.flag(name) ?? false }
}
