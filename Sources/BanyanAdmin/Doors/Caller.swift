public import BanyanRegistry
public import HandleProtocol

/// Who asks, as a door knows it that authenticates by itself: HTTP with its passwords, certificates and tokens.
public enum Caller: Equatable, Sendable {
    case anyone
    /// The owner of a key that stands in a handle's record. Only made by what has checked the proof.
    case administrator(ValueReference)
    /// A user or a token of this node.
    case account(Principal)

    var asker: Asker {
        switch self {
        case .anyone: .anyone
        case .administrator(let reference): .proven(Identity(reference))
        case .account(let principal): .account(principal)
        }
    }
}

extension Caller: CustomStringConvertible {
    /// As the journal and the log name it.
    public var description: String { asker.name }
}
