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
    /// Where keys are looked for that are not here; nil: such keys prove nothing.
    var remote: (any RemoteAuthority)?

    /// Who it is, as the answer names him.
    func verify(
        _ answer: ChallengeAnswer, of challenge: PendingChallenge, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Identity {
        _ = try keyIndex(answer, of: challenge, from: peer, in: snapshot, at: now)
        return Identity(answer.key)
    }

    /// Who it is, by the index of the key that has proven it, where the answer names none.
    func verifiedKey(
        _ answer: ChallengeAnswer, of challenge: PendingChallenge, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Identity {
        let index = try keyIndex(answer, of: challenge, from: peer, in: snapshot, at: now)
        return Identity(ValueReference(handle: answer.key.handle, index: index))
    }

    /// Which of several challenges the answer is to; nil: none of them.
    func position(
        of answer: ChallengeAnswer, among challenges: [PendingChallenge], from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) -> Int? {
        guard (try? failures.admit(Identity(answer.key), from: peer, at: now.instant)) != nil else { return nil }
        for (position, challenge) in challenges.enumerated() {
            if (try? provenIndex(answer, of: challenge, in: snapshot)) != nil { return position }
        }
        return nil
    }

    /// The index of the key that has proven who it is.
    private func keyIndex(
        _ answer: ChallengeAnswer, of challenge: PendingChallenge, from peer: Peer,
        in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> UInt32 {
        let identity = Identity(answer.key)
        try failures.admit(identity, from: peer, at: now.instant)
        guard let index = try provenIndex(answer, of: challenge, in: snapshot) else {
            failures.count(identity, from: peer, at: now.instant)
            throw Refusal(.authenticationFailed)
        }
        return index
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
            for secret in try keys(ValueType.secretKey, of: named, in: snapshot)
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

    private func provenIndex(
        _ answer: ChallengeAnswer, of challenge: PendingChallenge, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> UInt32? {
        let proof = ChallengeProof(nonce: challenge.nonce, requestDigest: challenge.requestDigest)
        switch answer.keyType {
        case ValueType.secretKey:
            guard ChallengeProof.isKnownForm(answer.answer) else { throw Refusal(.authenticationError) }
            if let remote, Responsibility.of(answer.key.handle, in: snapshot) == .elsewhere {
                let digest = RequestDigest.counted(challenge.requestDigest)
                let question = VerifyChallenge(
                    key: answer.key, nonce: challenge.nonce, digest: digest, answer: answer.answer)
                return remote.isValid(question) ?? false ? answer.key.index : nil
            }
            return try provenIndex(proof, bySecret: answer.answer, key: answer.key, in: snapshot)
        case ValueType.publicKey:
            return try provenIndex(proof, bySignature: answer.answer, key: answer.key, in: snapshot)
        default:
            throw Refusal(.invalidCredential)
        }
    }

    /// The index of the secret key, stored here, that the answer was made with; nil: with none.
    func provenIndex(
        _ proof: ChallengeProof, bySecret answer: [UInt8], key: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> UInt32? {
        var proven: UInt32?
        for secret in try keys(ValueType.secretKey, of: key, in: snapshot) where !secret.data.isEmpty {
            do throws(CryptoError) {
                if try proof.isProven(by: answer, secret: SecretBytes(secret.data)) { proven = proven ?? secret.index }
            } catch {
                throw Refusal(.authenticationError)
            }
        }
        return proven
    }

    func provenIndex(
        _ proof: ChallengeProof, bySignature answer: [UInt8], key: ValueReference,
        in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> UInt32? {
        var keys = try keys(ValueType.publicKey, of: key, in: snapshot)
        if keys.isEmpty, let remote, Responsibility.of(key.handle, in: snapshot) == .elsewhere {
            keys = Self.keys(
                ValueType.publicKey, of: key, among: remote.values(of: key.handle, type: ValueType.publicKey) ?? [])
        }
        return keys.first { value in
            guard let publicKey = try? PublicKey.parse(value: value.data) else { return false }
            return proof.isProven(by: answer, key: publicKey, keyHandle: key.handle)
        }?.index
    }

    /// The keys stored here that the reference names, in order of their indexes.
    func keys(
        _ type: [UInt8], of reference: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> [HandleValue] {
        var lookup = RecordLookup()
        guard let record = try lookup.find(reference.handle, in: snapshot, responsibleOnly: true).record else {
            return []
        }
        return Self.keys(type, of: reference, among: try record.parsedValues())
    }

    private static func keys(
        _ type: [UInt8], of reference: ValueReference, among values: [HandleValue]
    ) -> [HandleValue] {
        let keys =
            values
            .filter { value in
                (reference.index == 0 || value.index == reference.index) && value.hasType(type)
            }
            .sorted { $0.index < $1.index }
        return Array(keys.prefix(Self.keyCountMax))
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
