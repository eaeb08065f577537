public import Hummingbird

/// A group of paths and what is answered there. Called from any task, many at a time; what blocks goes through
/// `HTTPCall.work`.
public protocol HTTPDoor: Sendable {
    /// Whether a path is one of this door's; the first door that says so gets the call.
    /// - Parameter path: As it came, still percent-encoded, without the query.
    func takes(_ path: Substring) -> Bool

    /// - Throws: `ProblemResponse` as what the caller is told; anything else is told as an internal error.
    func respond(to call: HTTPCall) async throws -> Response
}
