import HandleCrypto
import HandleProtocol
import OpenSSL

/// The server's half of a session's key, by the mode that the client wants (RFC 3652 §3.8.1).
///
///  1. Diffie-Hellman in a group of the client's choice, within bounds.
///  2. A key of ours, encrypted for the client's public key, which it sends or which a handle's value holds.
///  3. A key of the client's, encrypted for ours, which comes in a second exchange.
///
/// What goes wrong is SESSION_FAILED with the texts of the reference.
struct SessionKeySetup: Sendable {
    let ciphers: SessionCiphers
    /// The server's own key.
    let serverKey: PrivateKey?

    struct Half: Sendable {
        /// For the client.
        var data: [UInt8]
        /// nil: the client's key has yet to come.
        var cipher: SessionCipher?
    }

    /// - Parameters:
    ///   - version: Of the answer.
    ///   - serverRecord: The server's public key as the site record has it.
    ///   - keys: The public keys that the request's reference names here.
    func answer(
        to setup: SessionSetup, version: ProtocolVersion, serverRecord: [UInt8],
        keys: [[UInt8]]
    ) throws(Refusal) -> Half {
        switch (setup.mode, setup.key) {
        case (.diffieHellman, .publicKey(let record)):
            guard let algorithm = ciphers.forDiffieHellman(version) else { throw .noCipher }
            do throws(CryptoError) {
                let (data, cipher) = try SessionKeyAgreement.answer(
                    toDiffieHellman: record, algorithm: algorithm, version: version)
                return Half(data: data, cipher: cipher)
            } catch {
                throw .diffieHellmanFailed
            }
        case (.clientKey, .publicKey(let record)):
            return try key(for: [record], version, refusal: .clientKeyFailed)
        case (.handleKey, .reference):
            return try key(for: keys, version, refusal: .handleKeyFailed)
        case (.serverKey, _):
            guard let serverKey, serverKey.algorithm == .rsa || serverKey.algorithm == .sm2 else {
                throw Refusal(.needRSAKey, "The server has no key that encrypts")
            }
            return Half(data: serverRecord, cipher: nil)
        default:
            throw Refusal(.sessionFailed, "Unrecognized key exchange mode")
        }
    }

    /// A new key for the first of `records` that is a key which encrypts.
    private func key(
        for records: [[UInt8]], _ version: ProtocolVersion, refusal: Refusal
    ) throws(Refusal) -> Half {
        guard let algorithm = ciphers.forClientKey(version) else { throw .noCipher }
        for record in records {
            guard let publicKey = try? PublicKey.parse(value: record),
                let (data, cipher) = try? SessionKeyAgreement.makeKey(algorithm, for: publicKey, version: version)
            else { continue }
            return Half(data: data, cipher: cipher)
        }
        throw refusal
    }

    /// The client's key of the second exchange. What does not open gives a key all the same, so that nobody learns
    /// from us whether it did.
    func open(_ exchange: SessionKeyExchange, version: ProtocolVersion) throws(Refusal) -> SessionCipher {
        guard let serverKey else { throw .exchangeFailed }
        // Below 2.2 a key has no number, and is DES.
        guard version.hasFeatures(of2: 2) || ciphers.contains(.des) else { throw .noCipher }
        guard
            let cipher = try? SessionKeyAgreement.openKey(
                exchange.encryptedKey, with: serverKey, version: version)
        else { throw .exchangeFailed }
        guard ciphers.contains(cipher.algorithm) else { throw .noCipher }
        return cipher
    }

    /// What a body that ends too soon would have been refused with.
    static func refusal(ofUnreadable body: [UInt8]) -> Refusal {
        var reader = ByteReader(body.rawSpan)
        switch (try? reader.readUInt16("session mode")).map(SessionMode.init(rawValue:)) {
        case SessionMode.diffieHellman?: return .diffieHellmanFailed
        case SessionMode.clientKey?: return .clientKeyFailed
        case SessionMode.handleKey?: return .handleKeyFailed
        default: return Refusal(.sessionFailed, "Unrecognized key exchange mode")
        }
    }
}

extension Refusal {
    fileprivate static let noCipher = Refusal(.sessionFailed, "No cipher that this version knows is allowed here")
    fileprivate static let diffieHellmanFailed = Refusal(.sessionFailed, "Error encoding public session key")
    fileprivate static let clientKeyFailed = Refusal(
        .sessionFailed, "Error performing client cipher key exchange.")
    fileprivate static let handleKeyFailed = Refusal(.sessionFailed, "Error performing hdl cipher key exchange.")
    fileprivate static let exchangeFailed = Refusal(.sessionFailed, "Can't decrypt client session key.")
}
