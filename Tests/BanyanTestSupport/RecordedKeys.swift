public import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// The keys of the recorded administrators: secret keys as the data set holds them, private keys as the recordings give
/// them away.
public struct RecordedKeys: Sendable {
    private var secrets: [ValueReference: SecretBytes] = [:]
    private var privateKeys: [ValueReference: PrivateKey] = [:]

    public init() throws {
        let known = try Vectors.load("admin").compactMap { $0.secrets["privateKey_encoding_hex"].hex }
        let pairs = try Set(known).map { encoding in
            let key = try PrivateKeyRecord(parsing: encoding.rawSpan).privateKey()
            return (key, try key.publicKey())
        }
        for line in try Vectors.load("dataset") {
            guard let handle = line.fields["handle"].string else { continue }
            for bytes in (line.fields["values_hex"].array ?? []).compactMap(\.hex) {
                var reader = ByteReader(bytes.rawSpan)
                let value = try HandleValue(parsing: &reader)
                let reference = ValueReference(handle: Array(handle.utf8), index: value.index)
                if value.type == ValueType.secretKey {
                    secrets[reference] = SecretBytes(value.data)
                } else if value.type == ValueType.publicKey, let key = try? PublicKey.parse(value: value.data) {
                    privateKeys[reference] = pairs.first { $0.1.isSame(as: key) }?.0
                }
            }
        }
    }

    /// Another key in the place of one that was recorded without its private half.
    public mutating func set(_ key: PrivateKey, for reference: ValueReference) {
        privateKeys[reference] = key
    }

    /// The answer that the owner of the key gives to a challenge of that version.
    public func answer(
        _ proof: ChallengeProof, with key: ValueReference, type: [UInt8], version: ProtocolVersion
    ) throws -> [UInt8] {
        if type == ValueType.secretKey, let secret = secrets[key] {
            return try proof.answer(secret: secret, version: version)
        }
        guard let privateKey = privateKeys[key] else {
            throw TestFailure("no key \(key.index):\(String(decoding: key.handle, as: UTF8.self))")
        }
        return try proof.answer(key: privateKey, keyHandle: key.handle, version: version)
    }
}

extension ChallengeAnswer {
    /// The proof that the owner of `key` gives to a challenge.
    public init(to challenge: Message, with keys: RecordedKeys, as key: ValueReference, type: [UInt8]) throws {
        let answer = try HandleProtocol.Answer(parsing: challenge)
        guard case .challenge(let body) = answer.body, let digest = answer.digest else {
            throw TestFailure("no challenge: \(challenge.header)")
        }
        let proof = ChallengeProof(nonce: body.nonce, requestDigest: digest.bytes)
        self.init(
            keyType: type, key: key,
            answer: try keys.answer(proof, with: key, type: type, version: challenge.envelope.version))
    }
}
