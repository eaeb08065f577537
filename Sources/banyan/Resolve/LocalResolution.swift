import BanyanIndex
import BanyanNode
import HandleClient
import HandleProtocol

/// Answers from a data directory, with the node's own resolver and without a node.
struct LocalResolution {
    private let index: HandleIndex

    init(directory: String) throws(NodeError) { index = try NodeDirectory(directory).openIndex() }

    /// The answer's bytes, as a node would send them.
    func answer(_ request: Message, at now: UInt32) throws(Failure) -> [UInt8] {
        let response: [UInt8]?
        do throws(NodeError) { response = try DirectoryAnswers(index).answer(to: request.bytes(), at: now) } catch {
            throw Failure(.storage, "\(error)")
        }
        guard let response else { throw Failure(.negative, "only a node can answer this") }
        return response
    }

    /// The answer as it would have been at a time, from the journal: seconds since 1970, that second included. Not only
    /// what is public: also the own values of a handle that is out of use.
    func answer(_ query: Query, publicOnly: Bool, at time: UInt32) throws(Failure) -> [UInt8] {
        let values: [HandleValue]?
        do {
            values = try self.values(of: query.handle, isOwn: !publicOnly, at: UInt64(time) * 1_000 + 999)
        } catch IndexError.historyUnavailable(let since) {
            let start = Timestamp(secondsSince1970: UInt32(clamping: since / 1_000))
            throw Failure(.negative, "the journal reaches back to \(start) only")
        } catch {
            throw Failure(.storage, "\(error)")
        }
        let chosen = values.map {
            $0.filter { isAsked($0, query) && (!publicOnly || $0.permissions.contains(.publicRead)) }
        }
        let code: ResponseCode = chosen.map { $0.isEmpty ? .valuesNotFound : .success } ?? .handleNotFound
        let body: AnswerBody =
            code == .success
            ? .values(QueryAnswer(handle: query.handle, values: chosen ?? [])) : .error(ErrorBody())
        let header = MessageHeader(
            opCode: .resolution, responseCode: code, flags: .usual, expiration: UInt32(Int32.max))
        let envelope = Envelope(requestID: 0, messageByteCount: 0)
        return Message(envelope: envelope, header: header, body: Answer(body).bytes()).bytes()
    }

    /// Nil where there was no such handle.
    private func values(of handle: [UInt8], isOwn: Bool, at milliseconds: UInt64) throws -> [HandleValue]? {
        let snapshot = try index.snapshot()
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive) else { return nil }
        if snapshot.prefix(key.prefix)?.caseRule == .sensitiveLocalName {
            guard key.set(handle.rawSpan, caseRule: .sensitiveLocalName) else { return nil }
        }
        guard let record = try snapshot.record(for: key, at: milliseconds) else { return nil }
        var reader = ByteReader(isOwn ? record.ownValues : record.values)
        var values: [HandleValue] = []
        while !reader.isAtEnd { values.append(try HandleValue(parsing: &reader)) }
        return values
    }

    /// Listed by index, or by type; neither listed means every value (RFC 3652 §3.2.1).
    private func isAsked(_ value: HandleValue, _ query: Query) -> Bool {
        if query.indexes.isEmpty && query.types.isEmpty { return true }
        return query.indexes.contains(value.index)
            || query.types.contains { ValueType.matches(requested: $0.rawSpan, type: value.type.rawSpan) }
    }
}
