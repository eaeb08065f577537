import BanyanIndex
import HandleProtocol

extension Evaluation {
    /// Resolves for someone who may read what not everyone may (RFC 3652 §3.2): a value that nobody may read is 401,
    /// one for administrators needs "read value" of the handle.
    mutating func resolve(_ query: Query, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        if ServerStatus.isNamed(by: query.handle) {
            guard !draft.request.header.flags.contains(.publicOnly) else { throw Refusal(.valuesNotFound) }
            guard isAskerKnown else { return .needsProof }
            try requireServerAdministrator(in: snapshot)
            return .status(query)
        }
        try Responsibility.check(query.handle, in: snapshot)
        guard query.indexes.count <= Limits.requestedIndexCount, query.types.count <= Limits.requestedTypeCount else {
            throw Refusal(.protocolError, "too many indexes or types")
        }
        guard let record = try authority.record(of: query.handle, in: snapshot) else {
            try referIfDelegated(query.handle, in: snapshot)
            throw Refusal(.handleNotFound)
        }
        let all = try record.parsedValues()
        if record.state != .active, let answer = try answerOutOfUse(record, query, in: snapshot) { return answer }
        var selected = all.filter { query.selects($0) }
        if draft.request.header.flags.contains(.publicOnly) {
            selected.removeAll { !$0.permissions.contains(.publicRead) }
        }
        guard !selected.isEmpty else { throw Refusal(.valuesNotFound) }
        let hidden = selected.filter { !$0.permissions.contains(.publicRead) }
        guard hidden.allSatisfy({ $0.permissions.contains(.administratorRead) }) else {
            throw Refusal(.insufficientPermissions)
        }
        if !hidden.isEmpty {
            guard isAskerKnown else { return .needsProof }
            try requireAdministrator(by: all, with: .readValue, in: snapshot)
        }
        return .answered(.values(QueryAnswer(handle: query.handle, values: selected)))
    }
}

extension Evaluation {
    /// What a handle that is out of use is answered with; nil where its own values are, which only those may have who
    /// may read values of it.
    ///
    ///  1. With PUBL set, or where what everyone is answered has what is asked for, and not all is asked for: that.
    ///  2. All of it, with AUTH, or in a session or login: the own values for administrators, that for others.
    ///  3. What only the own values have: as values for administrators.
    private mutating func answerOutOfUse(
        _ record: StoredRecord, _ query: Query, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Plan? {
        let flags = draft.request.header.flags
        let answered = try record.parsedAnsweredValues()
            .filter { query.selects($0) && ($0.permissions.contains(.publicRead)) }
        let answer = Plan.answered(.values(QueryAnswer(handle: query.handle, values: answered)))
        let own = try record.parsedValues()
        let wantsAll = query.indexes.isEmpty && query.types.isEmpty
        if flags.contains(.publicOnly) || !wantsAll && !answered.isEmpty || !own.contains(where: query.selects) {
            guard !answered.isEmpty else { throw Refusal(.valuesNotFound) }
            return answer
        }
        guard isAskerKnown else { return wantsAll && !flags.contains(.authoritative) ? answer : .needsProof }
        if try authority.isAdministrator(by: own, with: .readValue, in: snapshot) { return nil }
        if try authority.isServerAdministrator(in: snapshot) { return nil }
        guard wantsAll else { throw Refusal(.notAdministrator) }
        return answer
    }
}

extension Query {
    /// Whether the value is asked for, by index or type; nothing listed asks for every value.
    func selects(_ value: HandleValue) -> Bool {
        if indexes.isEmpty && types.isEmpty { return true }
        return indexes.contains(value.index)
            || types.contains { ValueType.matches(requested: $0.rawSpan, type: value.type.rawSpan) }
    }
}
