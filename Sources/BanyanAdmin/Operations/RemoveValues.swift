import BanyanIndex
import BanyanRegistry
import HandleProtocol

extension Evaluation {
    /// Removes values (RFC 3652 §3.6.5). Not ours: 301; delegated: 303. To who has proven himself: a missing handle is
    /// 100, a missing index 200. Whether administrators may write the value does not matter, as with the reference.
    mutating func remove(_ body: RemoveValuesRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        try Responsibility.check(body.handle, in: snapshot)
        try referIfDelegated(body.handle, in: snapshot)
        guard isAskerKnown else { return .needsProof }
        guard let record = try authority.record(of: body.handle, in: snapshot) else {
            return try missing(in: snapshot)
        }
        try record.checkActive()
        let old = try record.parsedValues()
        var left = Set(body.indexes)
        var needed: AdminPermissions = []
        for value in old where left.remove(value.index) != nil { needed.formUnion(.needed(toRemove: value)) }
        try requireAdministrator(by: old, with: needed, in: snapshot)
        guard left.isEmpty else { return .refused(Refusal(.valuesNotFound)) }
        // Removing nothing is a success.
        guard !body.indexes.isEmpty else { return .change(nil) }
        return .change(.removeValues(handle: body.handle, indexes: Set(body.indexes).sorted()))
    }
}
