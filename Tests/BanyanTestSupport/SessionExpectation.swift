import HandleProtocol

/// Answers that are not as recorded, on purpose (RFC-notes.md).
public enum SessionExpectation: Sendable {
    /// The reference cannot encrypt for RSA keys any more.
    case done
    /// A session that has ended is one that nobody knows; the reference forgets only its number.
    case gone

    public init?(_ vector: Vector) {
        switch vector.name {
        case let name where name.hasSuffix("/19"): self = .gone
        case let name where name.contains("-rsa-"): self = .done
        default: return nil
        }
    }

    public func isMet(by step: RecordedSession.Step) -> Bool {
        switch self {
        case .done: step.live.header.responseCode == .success && step.live.header.flags.contains(.certify)
        case .gone: step.live.header.responseCode == .sessionTimeout
        }
    }
}
