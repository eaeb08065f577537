import HandleProtocol
import OpenSSL

/// What a resolution must answer, said a second time: slowly, with copies, from the text of RFC 3652 and of the
/// recorded exchanges, and without a look at the resolver. It knows an index as a list of names and values.
///
/// It says nothing (nil) about what is not its matter: broken frames, other operations, sessions, signatures.
struct PlainModel {
    enum Verdict: Equatable {
        case answer([UInt8])
        /// The request cannot be read: answered with a protocol error, in whatever words.
        case protocolError
        /// Values for administrators: asked for a proof elsewhere.
        case challenge
    }

    let homedPrefixes: Set<[UInt8]>
    let records: [[UInt8]: [HandleValue]]
    let siteSerial: UInt16
    let now: UInt32

    func verdict(on bytes: [UInt8]) -> Verdict? {
        guard let message = try? Message(parsing: bytes.rawSpan), message.header.opCode == .resolution,
            message.header.responseCode == .request, message.envelope.sessionID == 0,
            !message.header.flags.contains(.certify)
        else { return nil }
        var reader = ByteReader(message.body.rawSpan)
        guard let query = try? Query(parsing: &reader) else { return .protocolError }
        guard query.indexes.count <= Limits.requestedIndexCount, query.types.count <= Limits.requestedTypeCount else {
            return .protocolError
        }
        switch outcome(of: query, message) {
        case .success(let values):
            var writer = ByteWriter()
            QueryAnswer(handle: query.handle, values: values).write(to: &writer)
            return .answer(reply(to: message, .success, body: writer.bytes))
        case .referral(let values):
            var writer = ByteWriter()
            writer.write([UInt8]())
            writer.write(UInt32(values.count))
            for value in values { value.write(to: &writer) }
            return .answer(reply(to: message, .prefixReferral, body: writer.bytes))
        case .failure(let code, let text):
            var writer = ByteWriter()
            writer.write(Array(text.utf8))
            return .answer(reply(to: message, code, body: writer.bytes))
        case .challenge: return .challenge
        }
    }

    // MARK: The query

    private enum Finding {
        case success([HandleValue]), referral([HandleValue]), failure(ResponseCode, String), challenge
    }

    private func outcome(of query: Query, _ message: Message) -> Finding {
        let name = folded(query.handle)
        let prefix = Array(name.prefix { $0 != slash })
        let localName = Array(name.dropFirst(prefix.count + 1))
        let flags = message.header.flags
        if !isHome(prefix, localName) {
            guard name == Array("0.SITE/STATUS".utf8) else {
                return .failure(.serverNotResponsible, "That prefix doesn't live here")
            }
            return flags.contains(.publicOnly) ? .failure(.valuesNotFound, "") : .challenge
        }
        guard let record = records[name] else { return missing(prefix, localName, message) }
        var chosen = record.filter { isAsked(for: $0, by: query) }
        if flags.contains(.publicOnly) {
            chosen.removeAll { !$0.permissions.contains(.publicRead) }
        } else {
            let hidden = chosen.filter { !$0.permissions.contains(.publicRead) }
            if hidden.contains(where: { !$0.permissions.contains(.administratorRead) }) {
                return .failure(.insufficientPermissions, "")
            }
            if !hidden.isEmpty { return .challenge }
        }
        return chosen.isEmpty ? .failure(.valuesNotFound, "") : .success(chosen)
    }

    /// A prefix that is not here may have been delegated by the nearest ancestor that says so (RFC 3652 §3.4).
    private func missing(_ prefix: [UInt8], _ localName: [UInt8], _ message: Message) -> Finding {
        guard prefix == Array("0.NA".utf8), !message.header.flags.contains(.doNotRefer) else {
            return .failure(.handleNotFound, "")
        }
        var labels = localName.split(separator: dot, omittingEmptySubsequences: false)
        while labels.count > 1 {
            labels.removeLast()
            let parent = prefix + [slash] + Array(labels.joined(separator: [dot]))
            let values = (records[parent] ?? []).filter { value in
                let type = String(decoding: value.type, as: UTF8.self).uppercased()
                return value.permissions.contains(.publicRead)
                    && ["HS_SITE.PREFIX", "HS_NA_DELEGATE", "HS_SERV.PREFIX"].contains(type)
            }
            if values.isEmpty { continue }
            return understandsReferrals(message)
                ? .referral(values) : .failure(.serverNotResponsible, "That prefix doesn't live here")
        }
        return .failure(.handleNotFound, "")
    }

    private func isHome(_ prefix: [UInt8], _ localName: [UInt8]) -> Bool {
        if homedPrefixes.contains(prefix) { return true }
        guard prefix == Array("0.NA".utf8) else { return false }
        let labels = localName.split(separator: dot, omittingEmptySubsequences: false)
        return (1...max(1, labels.count)).contains { count in
            homedPrefixes.contains(Array(labels.prefix(count).joined(separator: [dot])))
        }
    }

    private func isAsked(for value: HandleValue, by query: Query) -> Bool {
        if query.indexes.isEmpty && query.types.isEmpty { return true }
        if query.indexes.contains(value.index) { return true }
        let type = upper(value.type)
        return query.types.contains { asked in
            let asked = upper(asked)
            // "URL." is URL and everything below it; a dot alone and nothing at all are no types.
            guard asked.last == dot else { return !asked.isEmpty && asked == type }
            let stem = Array(asked.dropLast())
            return !stem.isEmpty && (type == stem || type.starts(with: asked))
        }
    }

    /// Handles are compared without regard to the case of ASCII letters; one without a slash is a prefix's record.
    private func folded(_ handle: [UInt8]) -> [UInt8] {
        upper(handle.contains(slash) ? handle : Array("0.NA/".utf8) + handle)
    }

    private func upper(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }
    }

    private var slash: UInt8 { UInt8(ascii: "/") }
    private var dot: UInt8 { UInt8(ascii: ".") }
}

// MARK: The frame of an answer (RFC 3652 §2.2)
extension PlainModel {
    private func version(of message: Message) -> ProtocolVersion {
        let asked = message.envelope.suggested.major == 0 ? message.envelope.version : message.envelope.suggested
        switch (asked.major, asked.minor) {
        case (1, _), (5, _): return asked
        case (2, 0...10): return asked
        default: return ProtocolVersion(2, 11)
        }
    }

    private func understandsReferrals(_ message: Message) -> Bool {
        let version = version(of: message)
        return version.major == 2 && version.minor >= 10
    }

    private func reply(to message: Message, _ code: ResponseCode, body: [UInt8]) -> [UInt8] {
        let version = version(of: message)
        var flags: OpFlags = [.authoritative, .recursive]
        for flag in [OpFlags.certify, .cacheCertify, .encrypt, .publicOnly, .doNotRefer]
        where message.header.flags.contains(flag) {
            flags.insert(flag)
        }
        var digest: [UInt8] = []
        if message.header.flags.contains(.requestDigest) {
            let minor = version.major == 2 ? version.minor : 0
            let kind: RequestDigest.Kind = minor >= 7 ? .sha256 : minor >= 1 ? .sha1 : .md5
            let algorithm: Digest.Algorithm = kind == .sha256 ? .sha256 : kind == .sha1 ? .sha1 : .md5
            let hash = Digest.hash(message.signedBytes().rawSpan, algorithm)
            digest = [minor >= 1 ? kind.rawValue : 0] + hash
            if minor >= 1 { flags.insert(.requestDigest) }
        }
        var envelope = message.envelope
        envelope.version = version
        envelope.suggested = ProtocolVersion(2, 11)
        envelope.sequence = 0
        // The marks of a compressed message and of a fragment come back, as the reference sends them.
        envelope.flags = message.envelope.flags.intersection([.compressed, .truncated])
        let header = MessageHeader(
            opCode: message.header.opCode, responseCode: code, flags: flags, siteSerial: siteSerial,
            recursionCount: message.header.recursionCount, expiration: now + 43_200)
        return Message(envelope: envelope, header: header, body: digest + body, credential: .bytes([])).bytes()
    }
}
