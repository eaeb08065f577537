import HandleCrypto
import HandleProtocol
import OpenSSL

/// Whether an answer is signed by the server of the site (RFC 3652 §2.2.4).
enum AnswerSignature {
    /// `key`: a key record, as a site record holds it. Throws when the signature is missing, or not this key's.
    static func verify(_ reply: Client.Reply, key bytes: [UInt8]) throws(ClientError) {
        let credential: Credential?
        do throws(WireError) {
            credential = try reply.message.credential.parsed()
        } catch {
            throw ClientError(.malformedAnswer, server: reply.server)
        }
        guard let credential else { throw ClientError(.notSigned, server: reply.server) }
        guard let key = try? PublicKey.parse(value: bytes) else { throw ClientError(.serverKey, server: reply.server) }
        guard MessageCertificate.isSigned(reply.message, credential, by: key) else {
            throw ClientError(.signature, server: reply.server)
        }
    }
}
