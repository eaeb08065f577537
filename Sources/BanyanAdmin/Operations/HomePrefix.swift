import BanyanIndex
import BanyanRegistry
import HandleProtocol

extension Evaluation {
    /// Makes this server responsible for a prefix: for the server's administrators. Already homed: success.
    mutating func home(_ body: HandleRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        let prefix = try prefix(named: body.handle)
        guard isAskerKnown else { return .needsProof }
        try requireServerAdministrator(in: snapshot)
        do throws(IndexError) {
            // Homed again, it keeps the rule that its names are stored by.
            let rule = try snapshot.prefixRow(prefix.bytes.rawSpan)?.entry.caseRule ?? .insensitive
            return .change(.home(prefix: prefix.bytes, caseRule: rule))
        } catch {
            throw Refusal(.error)
        }
    }

    /// Ends the responsibility; records stay. Not homed: success.
    mutating func unhome(_ body: HandleRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        let prefix = try prefix(named: body.handle)
        guard isAskerKnown else { return .needsProof }
        try requireServerAdministrator(in: snapshot)
        return .change(.unhome(prefix: prefix.bytes))
    }

    /// Prefixes that are homed here, in key order, for the server's administrators.
    mutating func listHomed(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        guard isAskerKnown else { return .needsProof }
        try requireServerAdministrator(in: snapshot)
        return .list(.homedPrefixes)
    }

    /// Asks for a backup point. What is acknowledged here is durable already, so there is nothing to wait for.
    mutating func checkpoint(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        guard isAskerKnown else { return .needsProof }
        try requireServerAdministrator(in: snapshot)
        return .change(nil)
    }

    private func prefix(named handle: [UInt8]) throws(Refusal) -> Prefix {
        guard Handle(handle).isPrefix else { throw Refusal(.invalidHandle, "Handle is not a prefix handle") }
        guard let prefix = Prefix(handle) else { throw Refusal(.invalidHandle) }
        return prefix
    }
}
