import HandleCrypto
import HandleProtocol
import OpenSSL

/// Whether an answer is signed by the server of the site (RFC 3652 §2.2.4).
enum AnswerSignature {
    /// `key`: a key record, as a site record holds it. Throws when the signature is missing, or not this key's.
    static func verify(_ reply: Client.Reply, key bytes: [UInt8]) throws(ClientError) {
        do throws(ClientError) {
            try verify(reply.message, key: bytes)
        } catch {
            throw ClientError(error.code, server: reply.server)
        }
    }

    static func verify(_ message: Message, key bytes: [UInt8]) throws(ClientError) {
        let credential: Credential?
        do throws(WireError) { credential = try message.credential.parsed() } catch {
            throw ClientError(.malformedAnswer)
        }
        guard let credential else { throw ClientError(.notSigned) }
        guard let key = try? PublicKey.parse(value: bytes) else { throw ClientError(.serverKey) }
        guard MessageCertificate.isSigned(message, credential, by: key) else { throw ClientError(.signature) }
    }
}
