public import TLSChannel

/// Why there is no conversation with the upstream now. Holds nothing that was sent.
public enum UpstreamFailure: Error, Equatable, Sendable {
    case unreachable
    case tls(TLSError)
    /// No answer in time.
    case silent
    case closed
    /// The connection ended in the middle of a message.
    case truncated
    /// A length that no message has.
    case frame
    case message(EPPError)
    /// An answer to nothing that was asked.
    case stray
    /// The upstream does not let us in.
    case loginRefused(code: Int)
    /// The upstream failed, or is busy.
    case passing(code: Int)
    /// Our own store, or our own files.
    case local(String)

    /// Whether trying again soon makes it worse: accounts are locked after too many attempts.
    var isRefusal: Bool {
        if case .loginRefused = self { true } else { false }
    }
}

extension UpstreamFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable: "the upstream cannot be reached"
        case .tls(let error): error.description
        case .silent: "the upstream did not answer in time"
        case .closed: "the upstream closed the connection"
        case .truncated: "the connection to the upstream ended in the middle of a message"
        case .frame: "the upstream sent a length that no message has"
        case .message(let error): "the upstream sent something else than EPP: \(error)"
        case .stray: "the upstream answered what was not asked"
        case .loginRefused(let code): "the upstream does not let us in: \(code)"
        case .passing(let code): "the upstream could not do it now: \(code)"
        case .local(let reason): reason
        }
    }
}
