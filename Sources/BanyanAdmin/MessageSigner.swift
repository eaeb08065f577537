import HandleCrypto
import HandleProtocol
import OpenSSL

/// Signs answers with the server's key (RFC 3652 §2.2.4), where the flag says that one was asked for.
struct MessageSigner: Sendable {
    let key: PrivateKey?
    let faults: FaultLog

    /// Whether signing will take its millisecond.
    func isNeeded(for message: Message) -> Bool { key != nil && message.header.flags.contains(.certify) }

    /// An answer that cannot be signed goes out without: the client decides.
    func signedIfAsked(_ message: Message) -> Message {
        guard let key, message.header.flags.contains(.certify) else { return message }
        var message = message
        do throws(CryptoError) {
            message.credential = CredentialField(try MessageCertificate.sign(message, with: key))
        } catch {
            faults.report("an answer cannot be signed", ["error": "\(error)"])
        }
        return message
    }
}
