import BanyanIndex
import HandleProtocol

/// Whether this node answers for a name (RFC 3651 §4).
enum Responsibility: Equatable {
    case here
    /// The operator has taken the prefix out of service.
    case suspended
    case elsewhere

    /// `P/x` is ours when `P` is homed here. `0.NA/P`, the record of a prefix, is ours when `0.NA` is homed, or `P`, or
    /// a prefix above it; also while `P` is suspended.
    static func of(_ handle: [UInt8], in snapshot: borrowing IndexSnapshot) -> Responsibility {
        let name = Handle(handle).folded()
        guard name.isPrefix else {
            switch entry(name.prefix.bytes, in: snapshot)?.state {
            case .active: return .here
            case .suspended: return .suspended
            case .unhomed, nil: return .elsewhere
            }
        }
        if entry(Prefix.namingAuthority.bytes, in: snapshot) != nil { return .here }
        var prefix = name.localName[...]
        while entry(Array(prefix), in: snapshot) == nil {
            guard let dot = prefix.lastIndex(of: UInt8(ascii: ".")) else { return .elsewhere }
            prefix = prefix[..<dot]
        }
        return .here
    }

    private static func entry(_ folded: [UInt8], in snapshot: borrowing IndexSnapshot) -> PrefixEntry? {
        snapshot.prefix(folded.rawSpan)
    }

    /// Refuses what is not ours.
    static func check(_ handle: [UInt8], in snapshot: borrowing IndexSnapshot) throws(Refusal) {
        switch of(handle, in: snapshot) {
        case .here: return
        case .suspended: throw Refusal(.serverNotResponsible, "Prefix suspended")
        case .elsewhere: throw Refusal(.serverNotResponsible, "That prefix doesn't live here")
        }
    }
}
