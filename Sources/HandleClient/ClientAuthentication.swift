internal import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// Who asks, and the key that proves it to a server's challenge (RFC 3652 §3.5).
public struct ClientAuthentication: Sendable {
    public enum Key: Sendable {
        /// Shared with the server, which holds it as HS_SECKEY.
        case secret(SecretBytes)
        /// The server holds the public half as HS_PUBKEY. RSA, DSA, SM2 or EC.
        case privateKey(PrivateKey)
    }

    /// Where the server finds its half of the key: a handle, and the value's index there.
    public var identity: ValueReference
    public var key: Key

    public init(_ identity: ValueReference, key: Key) {
        self.identity = identity
        self.key = key
    }

    /// The message that answers the challenge `answer`, with which a server answered `request`.
    ///
    ///  1. The challenge must name the digest of our request: a proof for another's would be worth something to whoever
    ///     stands between.
    ///  2. The proof has the form of the version that both sides speak.
    func proof(to challenge: Message, _ answer: Answer, of request: Message) throws(ClientError) -> Message {
        guard case .challenge(let body) = answer.body else { throw ClientError(.malformedAnswer) }
        let digest = answer.digest ?? body.digest.map { .counted($0) }
        guard let digest, !body.nonce.isEmpty else { throw ClientError(.malformedAnswer) }
        guard digest.matches(request.signedBytes()) else { throw ClientError(.requestDigest) }
        let version = ProtocolVersion.negotiated(
            message: challenge.envelope.version, suggested: challenge.envelope.suggested)
        let proof = ChallengeProof(nonce: body.nonce, requestDigest: digest.bytes)
        let keyType: [UInt8]
        let bytes: [UInt8]
        do throws(CryptoError) {
            switch key {
            case .secret(let secret):
                keyType = ValueType.secretKey
                bytes = try proof.answer(secret: secret, version: version)
            case .privateKey(let key):
                keyType = ValueType.publicKey
                bytes = try proof.answer(key: key, keyHandle: identity.handle, version: version)
            }
        } catch {
            throw ClientError(.unusableKey)
        }
        return ClientRequest.challengeAnswer(
            ChallengeAnswer(keyType: keyType, key: identity, answer: bytes), to: challenge, of: request)
    }
}
