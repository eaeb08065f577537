internal import BanyanIndex
internal import HandleProtocol

extension Resolver {
    /// Answers a query (RFC 3652 §3.2).
    ///
    ///  1. Parse handle, index list and type list.
    ///  2. Is it ours? Another server's of this site, or another site's: 301.
    ///  3. An old site serial is no reason to refuse: the reference never does.
    ///  4. Find the record; a derived prefix that is missing may be delegated: 303. Missing: 100.
    ///  5. Choose its values: none 200, unreadable 401, an administrator's a challenge, else copy them.
    ///
    /// A handle that is not UTF-8, holds a zero byte or is too long has never been registered: it is not found.
    @_lifetime(response: copy response)
    mutating func resolve(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        let query: QueryView
        do throws(WireError) {
            query = try QueryView(parsing: request.body, base: Request.bodyOffset)
        } catch {
            return refuse(
                request.envelope, request.header.opCode, error, from: snapshot, at: now, into: &response) ?? .reply
        }
        switch route(query.handle, in: snapshot) {
        case .otherServer:
            return notOurs(request, "Request was hashed incorrectly", from: snapshot, at: now, into: &response)
        case .otherSite:
            return notOurs(request, "That prefix doesn't live here", from: snapshot, at: now, into: &response)
        case .suspended:
            return notOurs(request, "Prefix suspended", from: snapshot, at: now, into: &response)
        case .status:
            let isPublic = request.header.flags.contains(.publicOnly)
            return isPublic
                ? fail(request, .valuesNotFound, "", from: snapshot, at: now, into: &response) : handOff(.challenge)
        case .ours(let isKeyable):
            guard isKeyable else { return notFound(request, from: snapshot, at: now, into: &response) }
        }
        do throws(IndexError) {
            let kind = try answer(request, query, from: snapshot, at: now, into: &response)
            return try conclude(kind, request, from: snapshot, at: now, into: &response)
        } catch {
            return damaged(request, from: snapshot, at: now, into: &response)
        }
    }

    /// What answering with a record came to.
    private enum Answering { case answered, valuesNotFound, unreadable, administratorsOnly, missing, damaged, tooLong }

    /// Answers with the record of the key: from the table, or from the index, and then into the table.
    @inline(__always)
    @_lifetime(response: copy response)
    private mutating func answer(
        _ request: borrowing Request, _ query: borrowing QueryView, from snapshot: borrowing IndexSnapshot,
        at now: UInt32, into response: inout OutputRawSpan
    ) throws(IndexError) -> Answering {
        guard table.isOn else {
            guard let record = try snapshot.record(for: key) else { return .missing }
            return answer(request, query, with: record, from: snapshot, at: now, into: &response)
        }
        let hash = hash(key.bytes)
        let changed = lastChange(of: hash)
        if let kind = answerFromTable(request, query, hash, changed, from: snapshot, at: now, into: &response) {
            table.keep(hash)
            return kind
        }
        guard let record = try snapshot.record(for: key) else { return .missing }
        table.insert(key, hash: hash, record: record.bytes, known: known)
        return answer(request, query, with: record, from: snapshot, at: now, into: &response)
    }

    @inline(__always)
    @_lifetime(response: copy response)
    private func answerFromTable(
        _ request: borrowing Request, _ query: borrowing QueryView, _ hash: UInt64, _ changed: UInt64,
        from snapshot: borrowing IndexSnapshot, at now: UInt32, into response: inout OutputRawSpan
    ) -> Answering? {
        guard let bytes = table.find(key.bytes, hash: hash, changedAt: changed),
            let record = RecordView(trusted: bytes)
        else { return nil }
        return answer(request, query, with: record, from: snapshot, at: now, into: &response)
    }

    @inline(__always)
    @_lifetime(response: copy response)
    private func answer(
        _ request: borrowing Request, _ query: borrowing QueryView, with record: borrowing RecordView,
        from snapshot: borrowing IndexSnapshot, at now: UInt32, into response: inout OutputRawSpan
    ) -> Answering {
        let flags = record.flags
        if !flags.isDisjoint(with: .inactive) {
            guard !flags.contains(.deleted) else { return .missing }
            if wantsOwnValues(request, query, of: record) { return .administratorsOnly }
        }
        let selection: ValueSelection
        do throws(WireError) {
            selection = try ValueSelection(
                of: query, from: record, publicOnly: request.header.flags.contains(.publicOnly))
        } catch {
            return .damaged
        }
        switch selection.verdict {
        case .unreadable: return .unreadable
        case .administratorsOnly: return .administratorsOnly
        case .none: return .valuesNotFound
        case .some: break
        }
        let head = ResponseHead(to: request, .success, site: snapshot.site, now: now)
        let bodyByteCount = 8 &+ query.handle.byteCount &+ selection.byteCount
        guard head.write(bodyByteCount: bodyByteCount, digestOf: request, by: digests, into: &response),
            response.write(query.handle), response.write(UInt32(truncatingIfNeeded: selection.count)),
            selection.write(query, from: record, to: &response), response.write(UInt32(0))
        else { return .tooLong }
        return .answered
    }

    /// Whether someone asks for the own values of a handle that is out of use, which only its administrators may read:
    /// with PUBL clear, by AUTH for all that a primary has, or by an index or a type that what is answered has not.
    /// Clients that set neither flag, and cannot answer a challenge, are so told what everyone is.
    private func wantsOwnValues(
        _ request: borrowing Request, _ query: borrowing QueryView, of record: borrowing RecordView
    ) -> Bool {
        let flags = request.header.flags
        guard !flags.contains(.publicOnly) else { return false }
        if query.selectsAll { return flags.contains(.authoritative) }
        return !query.selectsAny(of: record.values) && query.selectsAny(of: record.ownValues)
    }

    /// Counts what answering came to, and answers where there was no record to answer from.
    @inline(__always)
    @_lifetime(response: copy response)
    private mutating func conclude(
        _ kind: Answering, _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) throws(IndexError) -> Outcome {
        switch kind {
        case .answered:
            counters.answered &+= 1
            return .reply
        case .valuesNotFound:
            counters.valuesNotFound &+= 1
            return fail(request, .valuesNotFound, "", from: snapshot, at: now, into: &response)
        case .unreadable:
            counters.insufficientPermissions &+= 1
            return fail(request, .insufficientPermissions, "", from: snapshot, at: now, into: &response)
        case .administratorsOnly: return handOff(.challenge)
        case .missing: return try referOrNotFound(request, from: snapshot, at: now, into: &response)
        case .damaged: return damaged(request, from: snapshot, at: now, into: &response)
        case .tooLong: return tooLong()
        }
    }

    /// A missing prefix may be another site's by delegation (RFC 3652 §3.4): the nearest ancestor that has referral
    /// values is answered with exactly these. A client that may not be referred, or is too old to understand values
    /// in a referral, is told that the handle is missing, or that it must ask elsewhere.
    @_lifetime(response: copy response)
    private mutating func referOrNotFound(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) throws(IndexError) -> Outcome {
        guard !request.header.flags.contains(.doNotRefer), key.isPrefixHandle else {
            return notFound(request, from: snapshot, at: now, into: &response)
        }
        while key.setToParent() {
            guard let record = try snapshot.record(for: key), !record.flags.contains(.deleted) else { continue }
            let values: ReferralValues
            do throws(WireError) { values = try ReferralValues(in: record) } catch {
                return damaged(request, from: snapshot, at: now, into: &response)
            }
            guard values.count > 0 else { continue }
            guard request.version.hasFeatures(of2: 10) else {
                return notOurs(request, "That prefix doesn't live here", from: snapshot, at: now, into: &response)
            }
            return refer(request, to: values, in: record, from: snapshot, at: now, into: &response)
        }
        return notFound(request, from: snapshot, at: now, into: &response)
    }

    @_lifetime(response: copy response)
    private mutating func refer(
        _ request: borrowing Request, to values: ReferralValues, in record: borrowing RecordView,
        from snapshot: borrowing IndexSnapshot, at now: UInt32, into response: inout OutputRawSpan
    ) -> Outcome {
        let head = ResponseHead(to: request, .prefixReferral, site: snapshot.site, now: now)
        guard head.write(bodyByteCount: 8 &+ values.byteCount, digestOf: request, by: digests, into: &response),
            response.write(UInt32(0)), response.write(UInt32(truncatingIfNeeded: values.count)),
            values.write(from: record, to: &response), response.write(UInt32(0))
        else { return tooLong() }
        counters.referred &+= 1
        return .reply
    }

    @_lifetime(response: copy response)
    private mutating func notOurs(
        _ request: borrowing Request, _ message: StaticString, from snapshot: borrowing IndexSnapshot,
        at now: UInt32, into response: inout OutputRawSpan
    ) -> Outcome {
        counters.notResponsible &+= 1
        return fail(request, .serverNotResponsible, message, from: snapshot, at: now, into: &response)
    }

    @_lifetime(response: copy response)
    private mutating func notFound(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        counters.handlesNotFound &+= 1
        return fail(request, .handleNotFound, "", from: snapshot, at: now, into: &response)
    }

    /// A record that cannot be trusted is never answered from: the client hears that we failed, the operator which.
    @_lifetime(response: copy response)
    private mutating func damaged(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        counters.damaged &+= 1
        let name = key.name.array
        damagedKey = name
        return fail(request, .error, "", from: snapshot, at: now, into: &response)
    }

    /// An answer whose body is a message.
    @_lifetime(response: copy response)
    private mutating func fail(
        _ request: borrowing Request, _ code: ResponseCode, _ message: StaticString,
        from snapshot: borrowing IndexSnapshot, at now: UInt32, into response: inout OutputRawSpan
    ) -> Outcome {
        let head = ResponseHead(to: request, code, site: snapshot.site, now: now)
        let length = message.utf8CodeUnitCount
        guard head.write(bodyByteCount: 4 &+ length, digestOf: request, by: digests, into: &response),
            response.write(UInt32(truncatingIfNeeded: length)), response.write(message), response.write(UInt32(0))
        else { return tooLong() }
        return .reply
    }
}
