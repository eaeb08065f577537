import BanyanIndex
import HandleCrypto
import HandleProtocol
import OpenSSL

/// Checks answers to challenges against the keys that are stored here (RFC 3652 §3.5).
///
///  1. Too many failures of this identity or from this address: "too busy".
///  2. A type of key that is neither HS_SECKEY nor HS_PUBKEY: 404.
///  3. An answer with a secret key that cannot be read: 406.
///  4. No key there, another key, a wrong proof: 403, without a word why.
///
/// Index 0 stands for every key of that type that the handle has.
struct ProofCheck: Sendable {
    /// Keys that index 0 tries at most: each may cost a long derivation.
    static let keyCountMax = 16

    let failures: FailedProofs

    /// Who it is.
    func verify(
        _ answer: ChallengeAnswer, of challenge: PendingChallenge, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Identity {
        let identity = Identity(answer.key)
        try failures.admit(identity, from: peer, at: now.instant)
        let proof = ChallengeProof(nonce: challenge.nonce, requestDigest: challenge.requestDigest)
        let isProven: Bool
        switch answer.keyType {
        case ValueType.secretKey:
            guard ChallengeProof.isKnownForm(answer.answer) else { throw Refusal(.authenticationError) }
            isProven = try self.isProven(proof, bySecret: answer.answer, key: answer.key, in: snapshot)
        case ValueType.publicKey:
            isProven = try self.isProven(proof, bySignature: answer.answer, key: answer.key, in: snapshot)
        default:
            throw Refusal(.invalidCredential)
        }
        guard isProven else {
            failures.count(identity, from: peer, at: now.instant)
            throw Refusal(.authenticationFailed)
        }
        return identity
    }

    /// Whether the answer was made with a secret key that is stored here.
    func isProven(
        _ proof: ChallengeProof, bySecret answer: [UInt8], key: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        var isProven = false
        for secret in try keys(ValueType.secretKey, of: key, in: snapshot) where !secret.isEmpty {
            do throws(CryptoError) {
                if try proof.isProven(by: answer, secret: SecretBytes(secret)) { isProven = true }
            } catch {
                throw Refusal(.authenticationError)
            }
        }
        return isProven
    }

    private func isProven(
        _ proof: ChallengeProof, bySignature answer: [UInt8], key: ValueReference,
        in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        try keys(ValueType.publicKey, of: key, in: snapshot).contains { bytes in
            guard let publicKey = try? PublicKey.parse(value: bytes) else { return false }
            return proof.isProven(by: answer, key: publicKey, keyHandle: key.handle)
        }
    }

    /// The keys that the reference names, in order of their indexes.
    func keys(
        _ type: [UInt8], of reference: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> [[UInt8]] {
        var lookup = RecordLookup()
        guard let record = try lookup.find(reference.handle, in: snapshot, responsibleOnly: true).record else {
            return []
        }
        return try record.parsedValues()
            .filter { value in
                (reference.index == 0 || value.index == reference.index)
                    && value.hasType(type)
            }
            .sorted { $0.index < $1.index }
            .prefix(Self.keyCountMax)
            .map(\.data)
    }
}
