import HandleCrypto
import HandleProtocol

/// Which ciphers sessions may have. DES and 3DES are for clients older than 2.4, and nothing that is worth keeping
/// secret: off unless the operator wants them.
public struct SessionCiphers: Equatable, Sendable {
    public static let usual = SessionCiphers()

    private let allowed: Set<SessionCipher.Algorithm>
    /// What a key is made for where the version leaves a choice.
    private let preferred: SessionCipher.Algorithm

    /// - Parameters:
    ///   - prefersSM4: For keys that are encrypted for a client's own: those clients know SM4. The reference's, which
    ///     agree on a key by Diffie-Hellman, do not.
    ///   - allowsOld: DES, and 3DES where a client brings such a key.
    public init(prefersSM4: Bool = false, allowsOld: Bool = false) {
        allowed = allowsOld ? [.aes, .sm4, .des, .tripleDES] : [.aes, .sm4]
        preferred = prefersSM4 ? .sm4 : .aes
    }

    func contains(_ algorithm: SessionCipher.Algorithm) -> Bool { allowed.contains(algorithm) }

    /// The cipher of a Diffie-Hellman exchange: below 2.4 it is DES, which goes without saying (RFC 3652 §3.8).
    func forDiffieHellman(_ version: ProtocolVersion) -> SessionCipher.Algorithm? {
        version.hasFeatures(of2: 4) ? .aes : allowed.contains(.des) ? .des : nil
    }

    /// The cipher of a key that is encrypted for a client: below 2.2 it is DES, which goes without saying.
    func forClientKey(_ version: ProtocolVersion) -> SessionCipher.Algorithm? {
        version.hasFeatures(of2: 2) ? preferred : allowed.contains(.des) ? .des : nil
    }
}

extension SessionCipher.Algorithm {
    var isOld: Bool { self == .des || self == .tripleDES }
}
