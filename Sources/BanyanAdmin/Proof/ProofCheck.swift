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

    /// Who logs in with a name and a password. The name is a handle, or `INDEX:HANDLE` for one of its secret keys; the
    /// password is that key. What is not there and what is wrong are told in the same words.
    func verify(
        _ login: PasswordLogin, from peer: Peer, in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Identity {
        let named = ValueReference(name: login.user)
        try failures.admit(Identity(named), from: peer, at: now.instant)
        var found: UInt32?
        if let password = login.passwords.first, login.passwords.count == 1, !password.isEmpty {
            for secret in try values(ValueType.secretKey, of: named, in: snapshot)
            where secret.data.isEqualInConstantTime(to: password) {
                found = found ?? secret.index
            }
        }
        guard let found else {
            failures.count(Identity(named), from: peer, at: now.instant)
            throw Refusal(.authenticationFailed)
        }
        return Identity(ValueReference(handle: named.handle, index: found))
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
        try values(type, of: reference, in: snapshot).map(\.data)
    }

    private func values(
        _ type: [UInt8], of reference: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> [HandleValue] {
        var lookup = RecordLookup()
        guard let record = try lookup.find(reference.handle, in: snapshot, responsibleOnly: true).record else {
            return []
        }
        let found = try record.parsedValues()
            .filter { value in
                (reference.index == 0 || value.index == reference.index)
                    && value.hasType(type)
            }
            .sorted { $0.index < $1.index }
            .prefix(Self.keyCountMax)
        return Array(found)
    }
}

extension ValueReference {
    /// From `INDEX:HANDLE`, or a handle alone: any of its keys.
    fileprivate init(name: [UInt8]) {
        if let colon = name.firstIndex(of: UInt8(ascii: ":")),
            let index = UInt32(String(decoding: name[..<colon], as: UTF8.self)), index > 0
        {
            self.init(handle: Array(name[(colon + 1)...]), index: index)
        } else {
            self.init(handle: name, index: 0)
        }
    }
}
