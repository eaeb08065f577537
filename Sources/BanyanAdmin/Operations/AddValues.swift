import BanyanIndex
import BanyanRegistry
import HandleProtocol

extension Evaluation {
    /// Adds values to a handle (RFC 3652 §3.6.4), also in the place of some that are there (OVRW).
    ///
    ///  1. Not ours: 301; delegated: 303. No value: 202. An index below 1: 202; one twice: 201.
    ///  2. To who has proven himself: a missing handle is 100, an index that is there 201.
    ///  3. What is new needs "add value" or "add administrator", what is replaced "modify".
    mutating func add(_ body: ValuesRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        try Responsibility.check(body.handle, in: snapshot)
        try referIfDelegated(body.handle, in: snapshot)
        guard !body.values.isEmpty else { throw Refusal(.invalidValue, "Value list was empty") }
        try body.values.checkIndexes()

        guard isAskerKnown else { return .needsProof }
        guard let record = try authority.record(of: body.handle, in: snapshot) else {
            return try missing(in: snapshot)
        }
        try record.checkActive()
        let old = try record.parsedValues()
        let overwrites = draft.request.header.flags.contains(.overwrite)
        var there: [UInt32: HandleValue] = [:]
        for value in old { there[value.index] = value }
        var needed: AdminPermissions = []
        var conflict: Refusal?
        var replacesSome = false
        for value in body.values {
            guard let before = there[value.index] else {
                needed.insert(value.isAdministrator ? .addAdministrator : .addValue)
                continue
            }
            replacesSome = true
            if !overwrites {
                conflict = conflict ?? Refusal(.valueAlreadyExists, "Index conflict for \(value.index)")
            } else if !value.isSame(as: before) {
                needed.formUnion(.needed(toModify: before, into: value))
                if before.isReadOnly { conflict = conflict ?? .readOnlyValue }
            }
        }
        try requireAdministrator(by: old, with: needed, in: snapshot)
        if let conflict { return .refused(conflict) }
        return .change(
            .addValues(handle: body.handle, values: body.values.unstampedBytes, overwrites: overwrites),
            Plan.Success(telling: replacesSome ? .overwrite : []))
    }

    /// Nobody administers a handle that is not there; the server's administrators are told after their proof.
    mutating func missing(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        guard try authority.isServerAdministrator(in: snapshot) else { throw Refusal(.handleNotFound) }
        return .refused(Refusal(.handleNotFound))
    }
}

extension HandleValue {
    /// Whether neither administrators nor anyone may change it.
    var isReadOnly: Bool { permissions.isDisjoint(with: [.administratorWrite, .publicWrite]) }
    /// Whether anyone may change it. Who administers a handle is never for anyone to say.
    var isWritableByAnyone: Bool { permissions.contains(.publicWrite) && !isAdministrator }
}

extension Refusal {
    static let readOnlyValue = Refusal(.insufficientPermissions, "Value is read-only")
}
