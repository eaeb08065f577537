import BanyanIndex
import HandleCrypto
import HandleProtocol
import OpenSSL

extension ProofCheck {
    /// SHA-256 of the SubjectPublicKeyInfo of each key that whoever asks may have proven himself with, where TLS has
    /// certificates for such keys; none for secret keys, and for keys that are stored elsewhere.
    func digestsOfKeys(of asker: Asker, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> [[UInt8]] {
        if case .claimed(let claim) = asker, claim.answer.keyType != ValueType.publicKey { return [] }
        guard let identity = asker.identity else { return [] }
        return try keys(ValueType.publicKey, of: identity.reference, in: snapshot).compactMap { value in
            guard let key = try? PublicKey.parse(value: value.data), key.algorithm == .rsa || key.algorithm == .ec,
                let information = try? key.subjectPublicKeyInfo()
            else { return nil }
            return Digest.hash(information, .sha256)
        }
    }
}
