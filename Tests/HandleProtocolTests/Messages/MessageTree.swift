import BanyanTestSupport
import HandleProtocol

/// A parsed message as the tree that the vectors' `decoded` has. Byte strings stand as hexadecimal digits; names of
/// codes and flags are left out.
enum MessageTree {
    static func tree(_ envelope: Envelope) -> JSONTree {
        .object([
            "major": integer(envelope.version.major), "minor": integer(envelope.version.minor),
            "compressed": .boolean(envelope.flags.contains(.compressed)),
            "encrypted": .boolean(envelope.flags.contains(.encrypted)),
            "truncated": .boolean(envelope.flags.contains(.truncated)),
            "suggestMajor": integer(envelope.suggested.major), "suggestMinor": integer(envelope.suggested.minor),
            "sessionId": integer(envelope.sessionID), "requestId": integer(envelope.requestID),
            "sequence": integer(envelope.sequence), "messageLength": integer(envelope.messageByteCount),
        ])
    }

    static func tree(_ header: MessageHeader) -> JSONTree {
        .object([
            "opCode": integer(header.opCode.rawValue), "responseCode": integer(header.responseCode.rawValue),
            "opFlags": integer(header.flags.rawValue), "siteInfoSerial": integer(header.siteSerial),
            "recursionCount": integer(header.recursionCount), "reserved": integer(header.reserved),
            "expiration": integer(header.expiration), "bodyLength": integer(header.bodyByteCount),
        ])
    }

    static func tree(_ credential: Credential) -> JSONTree {
        .object([
            "version": integer(credential.version), "reserved": integer(credential.reserved),
            "flags": integer(credential.flags), "signerHandle": text(credential.signer),
            "signerIndexOrSessionCounter": integer(credential.sessionCounter), "type": text(credential.type),
            "sectionLength": integer(
                credential.statedSectionByteCount
                    ?? UInt32(8 + credential.digestName.count + credential.signature.count)),
            "digestAlg": string(credential.digestName), "signature": string(credential.signature),
        ])
    }

    static func tree(_ value: HandleValue) -> JSONTree {
        .object([
            "index": integer(value.index), "timestamp": integer(value.timestamp),
            "ttlType": integer(value.timeToLive.kind), "ttl": integer(value.timeToLive.value),
            "permissions": integer(value.permissions.rawValue), "type": text(value.type), "data": string(value.data),
            "references": .array(
                value.references.map { reference in
                    .object(["handle": string(reference.handle), "index": integer(reference.index)])
                }),
        ])
    }

    static func tree(_ site: Site) -> JSONTree {
        .object([
            "formatVersion": integer(site.version), "protocolMajor": integer(site.protocolVersion.major),
            "protocolMinor": integer(site.protocolVersion.minor), "serial": integer(site.serial),
            "primaryMask": integer(site.flags.rawValue), "hashOption": integer(site.hashOption.rawValue),
            "hashFilter": text(site.hashFilter),
            "attributes": .array(site.attributes.map { .array([text($0.name), text($0.value)]) }),
            "servers": .array(site.servers.map(tree)), "consumed": .integer(Int64(site.bytes.count)),
        ])
    }

    static func tree(_ server: SiteServer) -> JSONTree {
        var address = ByteWriter()
        address.write(server.address.high)
        address.write(server.address.low)
        return .object([
            "id": integer(server.id), "address": string(address.bytes), "publicKey": string(server.publicKey),
            "interfaces": .array(
                server.interfaces.map { interface in
                    .object([
                        "type": integer(interface.service.rawValue), "protocol": integer(interface.transport.rawValue),
                        "port": integer(interface.port),
                    ])
                }),
        ])
    }

    static func tree(_ body: RequestBody) throws -> JSONTree {
        switch body {
        case .query(let query):
            return .object([
                "handle": string(query.handle), "indexes": .array(query.indexes.map(integer)),
                "types": .array(query.types.map(text)),
            ])
        case .handle(let request): return .object(["handle": string(request.handle)])
        case .values(let request):
            return .object(["handle": string(request.handle), "values": .array(request.values.map(tree))])
        case .removeValues(let request):
            return .object([
                "handle": string(request.handle), "indexes": .array(request.indexes.map(integer)),
            ])
        case .challengeAnswer(let answer):
            return .object([
                "authType": text(answer.keyType), "keyHandle": string(answer.key.handle),
                "keyIndex": integer(answer.key.index), "answer": string(answer.answer),
            ])
        case .verifyChallenge(let request):
            return .object([
                "handle": string(request.key.handle), "keyIndex": integer(request.key.index),
                "nonce": string(request.nonce), "digest": string(request.digest.bytes),
                "answer": string(request.answer),
            ])
        case .sessionSetup(let setup): return tree(setup)
        case .sessionKeyExchange(let exchange): return .object(["encryptedKey": string(exchange.encryptedKey)])
        case .transactions: return .object(["raw": string(body.bytes())])
        case .dump(let request): return tree(request)
        case .passwordLogin(let login): return .object(["handle": string(login.user)])
        case .keyLogin(let login): return .object(["handle": string(login.key.handle)])
        case .unknown(let bytes):
            // The recordings show the first field of bodies that nobody knows.
            var reader = ByteReader(bytes.rawSpan)
            return .object(["handle": string(try reader.readBytes("handle").array)])
        }
    }

    private static func tree(_ setup: SessionSetup) -> JSONTree {
        var members: [String: JSONTree] = [
            "mode": integer(setup.mode.rawValue), "timeout": integer(setup.timeout),
            "identityHandle": string(setup.identity.handle), "identityIndex": integer(setup.identity.index),
        ]
        switch setup.key {
        case .publicKey(let key): members["publicKey"] = string(key)
        case .reference(let reference):
            members["exchangeHandle"] = string(reference.handle)
            members["exchangeIndex"] = integer(reference.index)
        case .none: break
        }
        return .object(members)
    }

    private static func tree(_ request: DumpRequest) -> JSONTree {
        var members: [String: JSONTree] = [
            "hashType": integer(request.mirror.hashOption.rawValue),
            "numServers": integer(request.mirror.serverCount), "serverNum": integer(request.mirror.position),
        ]
        if let resume = request.resume {
            members["startingPoint"] = string(resume.handle)
            members["startingPointType"] = integer(resume.table)
        }
        return .object(members)
    }

    static func tree(_ answer: Answer) throws -> JSONTree {
        var members = try members(answer.body)
        if case .ofKind(let kind, let digest)? = answer.digest {
            members["requestDigest"] = .object(["alg": integer(kind.rawValue), "value": string(digest)])
        }
        return .object(members)
    }

    private static func members(_ body: AnswerBody) throws -> [String: JSONTree] {
        switch body {
        case .values(let answer):
            [
                "handle": string(answer.handle), "values": .array(answer.values.map(tree)),
                "bodyBytesLeftAfterFields": left(answer.surplus),
            ]
        case .site(let bytes): ["site": tree(try Site(parsing: bytes.rawSpan)), "bodyBytesLeftAfterFields": left([])]
        case .created(let answer):
            ["handle": string(answer.handle), "bodyBytesLeftAfterFields": left(answer.surplus)]
        case .handles(let list):
            ["handles": .array(list.handles.map(text)), "bodyBytesLeftAfterFields": left(list.surplus)]
        case .verified(let answer):
            ["valid": integer(answer.rawValue), "bodyBytesLeftAfterFields": left(answer.surplus)]
        case .sessionSetup(let answer):
            [
                "mode": integer(answer.mode.rawValue), "data": string(answer.data),
                "bodyBytesLeftAfterFields": left(answer.surplus),
            ]
        case .stream(let stream):
            ["streamFlags": integer(stream.flags), "bodyBytesLeftAfterFields": left(stream.surplus)]
        case .passwordLogin(let answer): ["handle": string(answer.identifier)]
        case .challenge(let challenge): ["nonce": string(challenge.nonce)]
        case .referral(let referral):
            ["handle": string(referral.handle), "values": .array((referral.values ?? []).map(tree))]
        case .error(let error): ["message": string(error.message ?? [])]
        case .empty(let surplus): ["bodyBytesLeftAfterFields": left(surplus)]
        }
    }

    private static func left(_ surplus: [UInt8]) -> JSONTree { .integer(Int64(surplus.count)) }
    private static func integer(_ value: some FixedWidthInteger) -> JSONTree { .integer(Int64(value)) }
    static func string(_ bytes: [UInt8]) -> JSONTree { .string(hex(bytes)) }
    private static func text(_ bytes: [UInt8]) -> JSONTree { .string(String(decoding: bytes, as: UTF8.self)) }

    /// Where the recorded tree says otherwise than ours: the member's path, one line each. A byte string may be
    /// recorded as text, as digits, or by its length.
    static func differences(_ ours: JSONTree, _ recorded: JSONTree, at path: String = "") -> [String] {
        switch (ours, recorded) {
        case (.string(let digits), .object(let form)):
            if let text = form["utf8"]?.string { return digits == hex(text.utf8) ? [] : [path] }
            if let other = form["hex"]?.string { return digits == other ? [] : [path] }
            if let count = form["length"]?.integer { return digits.utf8.count / 2 == Int(count) ? [] : [path] }
            return [path]
        case (.object(let mine), .object(let other)):
            return Set(mine.keys).union(other.keys).sorted().flatMap { name in
                ["opName", "rcName", "flagNames"].contains(name) || (name == "undecodable" && mine[name] != nil)
                    ? []
                    : differences(mine[name] ?? .null, other[name] ?? .null, at: path + "." + name)
            }
        case (.array(let mine), .array(let other)):
            guard mine.count == other.count else { return [path + ".count"] }
            return zip(mine, other).enumerated().flatMap { position, pair in
                differences(pair.0, pair.1, at: "\(path)[\(position)]")
            }
        default: return ours == recorded ? [] : [path]
        }
    }
}
