import BanyanTransport
import Foundation
import OpenSSL

/// TLS around streams to mirrors: with a certificate that the server's own key has signed, since mirrors know the key
/// from the site record and look at nothing else.
enum StreamTLS {
    /// Nil for keys that TLS has no certificates for: streams are then signed, and not encrypted.
    static func around(streamsOf key: PrivateKey) -> MirrorTLS? {
        guard key.algorithm == .rsa || key.algorithm == .ec else { return nil }
        // The reference's own says as little.
        guard
            let certificate = try? Certificate.makeSelfSigned(
                key: key, names: ["anonymous"], start: Int64(Date().timeIntervalSince1970) - 86_400, dayCount: 36_500),
            let identity = try? TLSIdentity(chain: [certificate], key: key)
        else { return nil }
        return try? MirrorTLS(identity)
    }
}
