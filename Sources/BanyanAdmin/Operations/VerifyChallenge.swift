import BanyanIndex
import HandleCrypto
import HandleProtocol

extension ProofCheck {
    /// Says another server whether an answer to its challenge was made with a secret key that is stored here (RFC 3652
    /// §3.5.3). Nothing else is told; failures count as those of the identity and of who asks.
    ///
    /// - Throws: also for a form of answer that nobody knows: the reference fails on it.
    func isValid(
        _ question: VerifyChallenge, from peer: Peer, in snapshot: borrowing IndexSnapshot, at now: Moment
    ) throws(Refusal) -> Bool {
        let identity = Identity(question.key)
        try failures.admit(identity, from: peer, at: now.instant)
        let proof = ChallengeProof(nonce: question.nonce, requestDigest: question.digest.bytes)
        let isValid = try provenIndex(proof, bySecret: question.answer, key: question.key, in: snapshot) != nil
        if !isValid { failures.count(identity, from: peer, at: now.instant) }
        return isValid
    }
}
