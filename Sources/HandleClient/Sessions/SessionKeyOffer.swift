import HandleCrypto
import HandleProtocol
import OpenSSL

/// The client's half of a session's key, by the kind that is wanted (RFC 3652 §3.8.1).
enum SessionKeyOffer: Sendable {
    case diffieHellman(record: [UInt8], DiffieHellman)
    case clientKey(record: [UInt8], PrivateKey)
    case handleKey(ValueReference, PrivateKey)
    case serverKey

    /// What the server's half makes: the key, and for a key of our own making what the server is to open.
    struct Agreement {
        var cipher: SessionCipher
        var encryptedKey: [UInt8]?
    }

    /// Nil for a login, which has no key.
    init?(_ kind: SessionOptions.Kind) throws(ClientError) {
        do throws(CryptoError) {
            switch kind {
            case .diffieHellman:
                let offer = try SessionKeyAgreement.offerDiffieHellman(
                    prime: DiffieHellmanGroup.prime, generator: DiffieHellmanGroup.generator)
                self = .diffieHellman(record: offer.record, offer.1)
            case .clientKey(let key):
                let half: PublicKey
                do throws(OpenSSLError) { half = try key.publicKey() } catch { throw .library(error) }
                self = .clientKey(record: try PublicKeyRecord(half).bytes, key)
            case .handleKey(let reference, let key): self = .handleKey(reference, key)
            case .serverKey: self = .serverKey
            case .login: return nil
            }
        } catch {
            throw ClientError(.unusableKey)
        }
    }

    var setup: (mode: SessionMode, key: SessionSetup.Key) {
        switch self {
        case .diffieHellman(let record, _): (.diffieHellman, .publicKey(record))
        case .clientKey(let record, _): (.clientKey, .publicKey(record))
        case .handleKey(let reference, _): (.handleKey, .reference(reference))
        case .serverKey: (.serverKey, .none)
        }
    }

    /// - Parameters:
    ///   - version: Of the server's answer.
    ///   - ciphers: Those that we accept.
    ///   - serverKey: The server's key where it is known: a key is made for no other.
    func agree(
        on answer: SessionSetupAnswer, version: ProtocolVersion, ciphers: [SessionCipher.Algorithm],
        serverKey: [UInt8]?
    ) throws(ClientError) -> Agreement {
        guard answer.mode == setup.mode else { throw ClientError(.malformedAnswer) }
        let agreement: Agreement
        do throws(CryptoError) {
            switch self {
            case .diffieHellman(_, let exchange):
                agreement = Agreement(
                    cipher: try SessionKeyAgreement.finishDiffieHellman(answer.data, exchange, version: version))
            case .clientKey(_, let key), .handleKey(_, let key):
                agreement = Agreement(
                    cipher: try SessionKeyAgreement.openKey(answer.data, with: key, version: version))
            case .serverKey:
                let key = try PublicKey.parse(value: serverKey ?? answer.data)
                let (encrypted, cipher) = try SessionKeyAgreement.makeKey(
                    ciphers.first ?? .aes, for: key, version: version)
                agreement = Agreement(cipher: cipher, encryptedKey: encrypted)
            }
        } catch {
            throw ClientError(.malformedAnswer)
        }
        guard ciphers.contains(agreement.cipher.algorithm) else { throw ClientError(.notOfSession) }
        return agreement
    }
}

/// The group in which we offer to agree: 2,048 bits, group 14 of RFC 3526 §3.
enum DiffieHellmanGroup {
    static let generator: [UInt8] = [2]
    static let prime: [UInt8] = {
        var writer = ByteWriter(capacity: 256)
        _ = Hex.decode(Array(digits.utf8).rawSpan, into: &writer)
        return writer.bytes
    }()

    private static let digits =
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        + "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        + "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
        + "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
        + "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
        + "15728E5A8AACAA68FFFFFFFFFFFFFFFF"
}
