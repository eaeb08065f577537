import BanyanIndex
import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// Proofs that come through other doors than the Handle protocol's own. Each blocks: a proof may cost a long
/// derivation.
extension AdminService {
    /// Who knows the secret key that a reference names, in clear. Index 0 stands for any secret key of the handle.
    /// - Throws: 403 where it is not right, without a word why; 3 where too many have failed lately.
    public func authenticate(
        _ key: ValueReference, password: SecretBytes, from peer: Peer
    ) throws(AdminOutcome) -> Caller {
        try authenticate(key, from: peer) { snapshot throws(Refusal) in
            var isProven = false
            for secret in try proofs.keys(ValueType.secretKey, of: key, in: snapshot) where !secret.data.isEmpty {
                if SecretBytes(secret.data).bytes.isEqualInConstantTime(to: password.bytes) { isProven = true }
            }
            return isProven
        }
    }

    /// Who answers a challenge: in the forms of the Handle protocol, over the server's nonce and the client's.
    public func authenticate(
        _ answer: ChallengeAnswer, nonce: [UInt8], clientNonce: [UInt8], from peer: Peer
    ) throws(AdminOutcome) -> Caller {
        let proof = ChallengeProof(nonce: nonce, requestDigest: clientNonce)
        return try authenticate(answer.key, from: peer) { snapshot throws(Refusal) in
            switch answer.keyType {
            case ValueType.secretKey:
                ChallengeProof.isKnownForm(answer.answer)
                    ? try proofs.provenIndex(proof, bySecret: answer.answer, key: answer.key, in: snapshot) != nil
                    : false
            case ValueType.publicKey:
                try proofs.provenIndex(proof, bySignature: answer.answer, key: answer.key, in: snapshot) != nil
            default: throw Refusal(.invalidCredential)
            }
        }
    }

    /// Who has shown a certificate in the TLS handshake, whose private key was proven there: the public key has to be
    /// one of the handle that the certificate names.
    public func authenticate(
        _ key: ValueReference, certified publicKey: PublicKey, from peer: Peer
    ) throws(AdminOutcome) -> Caller {
        try authenticate(key, from: peer) { snapshot throws(Refusal) in
            try proofs.keys(ValueType.publicKey, of: key, in: snapshot).contains { value in
                guard let known = try? PublicKey.parse(value: value.data) else { return false }
                return known.isSame(as: publicKey)
            }
        }
    }

    /// Whether a challenge of another server was answered with a secret key that is stored here.
    public func verify(_ question: VerifyChallenge, from peer: Peer) throws(AdminOutcome) -> Bool {
        guard ChallengeProof.isKnownForm(question.answer) else { return false }
        do throws(Refusal) {
            return try proofs.isValid(question, from: peer, in: newestSnapshot(), at: Moment())
        } catch {
            throw AdminOutcome(error)
        }
    }

    /// The server's own proof: the digest's name, and the signature over both nonces with its key; nil without a key.
    public func prove(nonce: [UInt8], clientNonce: [UInt8]) -> (algorithm: String, signature: [UInt8])? {
        guard let key = signer.key, key.algorithm != .ed25519 else { return nil }
        let digest: Digest.Algorithm = key.algorithm == .sm2 ? .sm3 : .sha256
        guard let signature = try? key.sign(nonce + clientNonce, .digest(digest)) else { return nil }
        return (String(decoding: digest.wireName, as: UTF8.self), signature)
    }

    private func authenticate(
        _ key: ValueReference, from peer: Peer,
        _ isProven: (borrowing IndexSnapshot) throws(Refusal) -> Bool
    ) throws(AdminOutcome) -> Caller {
        do throws(Refusal) {
            let now = Moment()
            let identity = Identity(key)
            try proofs.failures.admit(identity, from: peer, at: now.instant)
            let snapshot = try newestSnapshot()
            guard try isProven(snapshot) else {
                proofs.failures.count(identity, from: peer, at: now.instant)
                throw Refusal(.authenticationFailed, "Identity not verified")
            }
            return .administrator(key)
        } catch {
            throw AdminOutcome(error)
        }
    }
}
