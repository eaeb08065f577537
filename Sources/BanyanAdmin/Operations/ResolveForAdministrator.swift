import BanyanIndex
import HandleProtocol

extension Evaluation {
    /// Resolves for someone who may read what not everyone may (RFC 3652 §3.2): a value that nobody may read is 401,
    /// one for administrators needs "read value" of the handle.
    mutating func resolve(_ query: Query, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        if ServerStatus.isNamed(by: query.handle) {
            guard !draft.request.header.flags.contains(.publicOnly) else { throw Refusal(.valuesNotFound) }
            guard identity != nil else { return .needsProof }
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
            guard identity != nil else { return .needsProof }
            try requireAdministrator(by: all, with: .readValue, in: snapshot)
        }
        return .answered(.values(QueryAnswer(handle: query.handle, values: selected)))
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
