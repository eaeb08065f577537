import BanyanIndex
import HandleProtocol

/// Decides on one snapshot what a request comes to (RFC 3652 §3). Each operation has a file; the order of its checks is
/// that of the reference server, and stands there.
struct Evaluation: ~Copyable {
    let draft: AnswerDraft
    /// Whether it is known who asks, or says to ask.
    let isAskerKnown: Bool
    var authority: Authority

    init(of draft: AnswerDraft, for asker: Asker, remote: (any RemoteAuthority)?, memory: AuthorityMemory? = nil) {
        self.draft = draft
        switch asker {
        case .anyone: isAskerKnown = false
        case .proven, .claimed, .account: isAskerKnown = true
        }
        authority = Authority(of: asker, for: draft.request, remote: remote, memory: memory)
    }

    /// - Throws: what everyone is told, whoever asks.
    mutating func plan(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        let body: RequestBody
        do throws(WireError) { body = try RequestBody(parsing: draft.request) } catch {
            throw Refusal(.protocolError, "\(error)")
        }
        switch (draft.request.header.opCode, body) {
        case (.resolution, .query(let query)): return try resolve(query, in: snapshot)
        case (.createHandle, .values(let body)): return try create(body, in: snapshot)
        case (.addValue, .values(let body)): return try add(body, in: snapshot)
        case (.modifyValue, .values(let body)): return try modify(body, in: snapshot)
        case (.removeValue, .removeValues(let body)): return try remove(body, in: snapshot)
        case (.deleteHandle, .handle(let body)): return try delete(body, in: snapshot)
        case (.listHandles, .handle(let body)): return try list(body, derived: false, in: snapshot)
        case (.listDerivedPrefixes, .handle(let body)): return try list(body, derived: true, in: snapshot)
        case (.homePrefix, .handle(let body)): return try home(body, in: snapshot)
        case (.unhomePrefix, .handle(let body)): return try unhome(body, in: snapshot)
        case (.listHomedPrefixes, .handle): return try listHomed(in: snapshot)
        case (.retrieveTransactions, .transactions(let body)): return try retrieveTransactions(body, in: snapshot)
        case (.dumpHandles, .dump(let body)): return try dumpHandles(body, in: snapshot)
        case (.checkpoint, .handle): return try checkpoint(in: snapshot)
        default:
            throw Refusal(
                .operationNotSupported, "operation \(draft.request.header.opCode.rawValue) is not supported")
        }
    }

    /// Refuses who is no administrator of the server.
    mutating func requireServerAdministrator(in snapshot: borrowing IndexSnapshot) throws(Refusal) {
        guard try authority.isServerAdministrator(in: snapshot) else { throw Refusal(.notAdministrator) }
    }

    /// Refuses who administers neither the server nor, with all of `permissions`, the record with these values.
    mutating func requireAdministrator(
        by values: [HandleValue], with permissions: AdminPermissions, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) {
        if try authority.isAdministrator(by: values, with: permissions, in: snapshot) { return }
        try requireServerAdministrator(in: snapshot)
    }

    /// Refuses a missing prefix whose ancestor sends its clients elsewhere (RFC 3652 §3.4), unless the client is one
    /// that does not want to be sent, or too old to understand it.
    mutating func referIfDelegated(_ handle: [UInt8], in snapshot: borrowing IndexSnapshot) throws(Refusal) {
        let name = Handle(handle)
        guard name.isDerivedPrefix, !draft.request.header.flags.contains(.doNotRefer),
            draft.version.hasFeatures(of2: 10), try authority.record(of: handle, in: snapshot) == nil
        else { return }
        var parent = name.parent
        while let ancestor = parent {
            if let record = try authority.record(of: ancestor.bytes, in: snapshot) {
                let values = try record.parsedAnsweredValues().filter(\.isReferral)
                if !values.isEmpty { throw .referral(to: values) }
            }
            parent = ancestor.parent
        }
    }
}

extension HandleValue {
    /// Whether it tells everyone where the prefixes below are served.
    fileprivate var isReferral: Bool {
        permissions.contains(.publicRead)
            && [ValueType.prefixSite, ValueType.prefixDelegate, ValueType.prefixService].contains { hasType($0) }
    }

    /// In wire encoding, with the time left to the store, which stamps what is new.
    func writeUnstamped(to writer: inout ByteWriter) {
        var value = self
        value.timestamp = 0
        value.write(to: &writer)
    }
}

extension [HandleValue] {
    var unstampedBytes: [UInt8] {
        var writer = ByteWriter()
        for value in self { value.writeUnstamped(to: &writer) }
        return writer.bytes
    }

    /// Refuses indexes below 1, as signed numbers, and one that stands twice.
    func checkIndexes() throws(Refusal) {
        guard allSatisfy({ Int32(bitPattern: $0.index) > 0 }) else {
            throw Refusal(.invalidValue, "Value indexes must be positive")
        }
        var indexes: Set<UInt32> = []
        for value in self where !indexes.insert(value.index).inserted {
            throw Refusal(.valueAlreadyExists, "Index conflict for \(value.index)")
        }
    }
}
