public import BanyanRegistry
import HandleCrypto
public import HandleProtocol
import OpenSSL

/// A recorded conversation: a request, and where it was challenged, the answer to the challenge. It is said again with
/// the live challenge: the proof is computed anew from the recorded secrets.
public struct RecordedFlow: Sendable, CustomStringConvertible {
    public let steps: [Vector]

    public var description: String { steps.first.map { "\($0.file): \($0.flow ?? $0.name)" } ?? "" }
    public var name: String { steps[0].flow ?? steps[0].name }
    public var transport: String { steps[0].transport }

    /// The flows of a file, in the order in which they were recorded.
    public static func all(in file: String) throws -> [RecordedFlow] {
        var flows: [[Vector]] = []
        for vector in try Vectors.load(file) where !vector.request.isEmpty {
            if let flow = vector.flow, let last = flows.last?.first, last.flow == flow {
                flows[flows.count - 1].append(vector)
            } else {
                flows.append([vector])
            }
        }
        return flows.map { RecordedFlow(steps: $0) }
    }

    /// The handle that the flow is about.
    public var handle: [UInt8]? {
        let body = Array(steps[0].request.dropFirst(44))
        var reader = ByteReader(body.rawSpan)
        return try? reader.readBytes("handle").array
    }

    /// The values that the handle had, in wire encoding; nil where it did not exist or nothing is known.
    public var stateBefore: [UInt8]? {
        steps[0].fields["state_before"].array?.compactMap(\.hex).flatMap { $0 }
    }

    /// What brings the handle to the state that it had. Deleting what is not there is refused, and no matter.
    public var preparation: ChangeSet? {
        guard let handle, steps[0].fields.object?["state_before"] != nil else { return nil }
        var set = ChangeSet(onConflict: .replace)
        if let stateBefore {
            guard !name.hasPrefix("status") else { return nil }
            set.append(.put(handle: handle, values: stateBefore))
        } else {
            guard steps[0].fields["state_before"].isNull else { return nil }
            set.append(.delete(handle: handle))
        }
        return set
    }

    /// Says the flow again.
    ///
    /// - Parameters:
    ///   - send: sends a request and returns the messages of its answer.
    ///   - check: gets each step with the live and the recorded messages.
    public func replay(
        send: ([UInt8]) throws -> [[UInt8]], check: (Vector, [Message], [Message]) throws -> Void
    ) throws {
        var challenge: (live: Message, recorded: Message)?
        for vector in steps {
            var request = try Message(parsing: vector.request.rawSpan)
            if let challenge { try Self.prove(&request, vector, challenge) }
            let live = try send(request.bytes()).map { try Message(parsing: $0.rawSpan) }
            let recorded = try Self.messages(in: vector.response)
            try check(vector, live, recorded)
            challenge = nil
            if let first = live.first, let other = recorded.first, first.header.responseCode == .authenticationNeeded {
                challenge = (first, other)
            }
        }
    }

    /// Turns a recorded answer to a challenge into one to the live challenge. What was wrong in the recording stays as
    /// it is: a session number of nobody, an answer that its own secret does not make.
    private static func prove(
        _ request: inout Message, _ vector: Vector, _ challenge: (live: Message, recorded: Message)
    ) throws {
        guard request.envelope.sessionID == challenge.recorded.envelope.sessionID,
            case .challengeAnswer(var answer) = try RequestBody(parsing: request)
        else { return }
        request.envelope.sessionID = challenge.live.envelope.sessionID
        let old = try proof(for: challenge.recorded, vector)
        let new = try proof(for: challenge.live, vector)
        if let secret = vector.secrets["key_hex"].hex.map({ SecretBytes($0) }) {
            guard !answer.answer.isEmpty, try old.isProven(by: answer.answer, secret: secret) else { return }
            answer.answer = try secretAnswer(new, secret, vector.secrets)
        } else if let encoding = vector.secrets["privateKey_encoding_hex"].hex {
            let key = try PrivateKeyRecord(parsing: encoding.rawSpan).privateKey()
            let isRight = try old.isProven(by: answer.answer, key: key.publicKey(), keyHandle: answer.key.handle)
            guard isRight, let name = vector.secrets["digestAlg"].string,
                let digest = Digest.Algorithm(wireName: Array(name.utf8))
            else { return }
            var writer = ByteWriter()
            writer.write(name)
            writer.write(try key.sign(new.nonce + new.requestDigest, .digest(digest)))
            answer.answer = writer.bytes
        }
        request.body = RequestBody.challengeAnswer(answer).bytes()
    }

    private static func proof(for message: Message, _ vector: Vector) throws -> ChallengeProof {
        let answer = try HandleProtocol.Answer(parsing: message)
        guard case .challenge(let challenge) = answer.body, let digest = answer.digest?.bytes ?? challenge.digest
        else { throw WireError(.malformed, field: "challenge", offset: 0) }
        return ChallengeProof(nonce: challenge.nonce, requestDigest: digest)
    }

    /// The answer with the recorded code, salt and counts.
    private static func secretAnswer(
        _ proof: ChallengeProof, _ secret: SecretBytes, _ secrets: JSONTree
    ) throws -> [UInt8] {
        let input = proof.nonce + proof.requestDigest
        let code = UInt8(clamping: secrets["alg"].integer ?? 0)
        switch code {
        case 0x12: return [code] + MAC.hmac(.sha1, key: secret, input)
        case 0x13: return [code] + MAC.hmac(.sha256, key: secret, input)
        case 0x22, 0x23:
            return try proof.derivedAnswer(
                secret: secret, salt: secrets["salt_hex"].hex ?? [],
                iterationCount: UInt32(clamping: secrets["iterations"].integer ?? 0),
                keyBitCount: UInt32(clamping: secrets["keyBits"].integer ?? 0))
        default:
            let digest = Digest.Algorithm(wireCode: code) ?? .md5
            let framed = Digest.hash(secret.exposed + input + secret.exposed, digest)
            return (code == 0 ? [] : [code]) + framed
        }
    }

    /// The messages that stand one behind the other in an answer.
    public static func messages(in bytes: [UInt8]) throws -> [Message] {
        var messages: [Message] = []
        var rest = bytes[...]
        while rest.count >= Envelope.byteCount {
            let head = Array(rest.prefix(Envelope.byteCount))
            let count = Envelope.byteCount + Int(head.rawSpan.bigEndianUInt32(at: 16))
            messages.append(try Message(parsing: Array(rest.prefix(count)).rawSpan))
            rest = rest.dropFirst(count)
        }
        return messages
    }
}
