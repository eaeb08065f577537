import BanyanIndex
import BanyanRegistry
import HandleProtocol

extension Evaluation {
    /// Puts values in the place of those with the same indexes (RFC 3652 §3.6.6).
    ///
    ///  1. Told to everyone: not ours 301, delegated 303, no value or a bad index 202 or 201, a missing handle 100, a
    ///     missing index 200, a value that nobody may write 401.
    ///  2. What anyone may write needs no proof, unless it is about administrators, before or after.
    ///  3. The rest needs "modify value" or "modify administrator"; turning one into the other needs both sides.
    mutating func modify(_ body: ValuesRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        try Responsibility.check(body.handle, in: snapshot)
        try referIfDelegated(body.handle, in: snapshot)
        guard !body.values.isEmpty else { throw Refusal(.invalidValue, "Value list was empty") }
        try body.values.checkIndexes()
        guard let record = try authority.record(of: body.handle, in: snapshot) else { throw Refusal(.handleNotFound) }
        try record.checkActive()
        let old = try record.parsedValues()
        var there: [UInt32: HandleValue] = [:]
        for value in old { there[value.index] = value }
        var needed: AdminPermissions = []
        for value in body.values {
            guard let before = there[value.index] else { throw Refusal(.valuesNotFound) }
            guard !before.isReadOnly else { throw .readOnlyValue }
            if before.isWritableByAnyone, !value.isAdministrator { continue }
            guard before.permissions.contains(.administratorWrite) else { throw .readOnlyValue }
            needed.formUnion(.needed(toModify: before, into: value))
        }
        if !needed.isEmpty {
            guard isAskerKnown else { return .needsProof }
            try requireAdministrator(by: old, with: needed, in: snapshot)
        }
        return .change(.modifyValues(handle: body.handle, values: body.values.unstampedBytes))
    }
}
