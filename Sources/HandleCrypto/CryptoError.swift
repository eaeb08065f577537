public import OpenSSL

/// Why a key, a proof or an encrypted message cannot be made or read. Holds no key, secret or message.
public enum CryptoError: Error, Equatable, Sendable {
    /// Not a key in any encoding that we know.
    case malformedKey
    /// A key of a kind or length that we do not use there.
    case unsupportedKey
    /// The key file is encrypted and no passphrase was given.
    case passphraseNeeded
    /// The passphrase does not open the key file.
    case wrongPassphrase
    /// More iterations or bytes than a stranger may make us compute.
    case tooExpensive
    /// A digest, cipher or scheme that we do not know.
    case unknownAlgorithm
    /// What the other side sent is not what the exchange prescribes.
    case malformedExchange
    /// The message does not open with the session's key.
    case undecipherable
    case library(OpenSSLError)
}

extension CryptoError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedKey: "the key is malformed"
        case .unsupportedKey: "a key of that kind or length is not supported"
        case .passphraseNeeded: "the key file needs a passphrase"
        case .wrongPassphrase: "the passphrase does not open the key file"
        case .tooExpensive: "the key derivation asks for more than is allowed"
        case .unknownAlgorithm: "the algorithm is unknown"
        case .malformedExchange: "the key exchange is malformed"
        case .undecipherable: "the message does not open with the session's key"
        case .library(let error): error.description
        }
    }
}

/// Runs `body`, whose errors are OpenSSL's, and throws them as ours.
func crypto<Result>(_ body: () throws(OpenSSLError) -> Result) throws(CryptoError) -> Result {
    do { return try body() } catch { throw .library(error) }
}
