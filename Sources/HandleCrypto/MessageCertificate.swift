public import HandleProtocol
public import OpenSSL

/// Credentials over whole messages (RFC 3652 §2.2.4): signatures of a server, and authentication codes of a session.
///
/// What they cover depends on the version of the message that carries them: see `CertifiedBytes`.
public enum MessageCertificate {
    /// Signs as a server: RSA and SM2 keys, and DSA keys of old sites.
    /// - Parameter counter: The session's; 0 outside a session.
    public static func sign(
        _ message: Message, counter: UInt32 = 0, with key: PrivateKey
    ) throws(CryptoError) -> Credential {
        let digest: Digest.Algorithm
        switch key.algorithm {
        case .rsa: digest = message.envelope.version.hasFeatures(of2: 7) ? .sha256 : .sha1
        case .dsa: digest = message.envelope.version.hasFeatures(of2: 11) ? .sha256 : .sha1
        case .sm2: digest = .sm3
        case .ec: digest = .sha256
        case .ed25519: throw .unsupportedKey
        }
        let input = CertifiedBytes.ofSignature(message, counter: counter)
        let signature = try crypto { () throws(OpenSSLError) in
            try key.sign(input, scheme(of: key.algorithm, digest))
        }
        return Credential(
            type: Credential.signed, sessionCounter: counter, digestName: digest.wireName, signature: signature)
    }

    /// Whether the credential is a signature of this message by the owner of the key. Every digest that the protocol
    /// names is accepted, whatever the version.
    public static func isSigned(_ message: Message, _ credential: Credential, by key: PublicKey) -> Bool {
        guard credential.type == Credential.signed || credential.type == Credential.signedOldSpelling,
            let digest = Digest.Algorithm(wireName: credential.digestName)
        else { return false }
        return key.isValid(
            credential.signature, of: CertifiedBytes.ofSignature(message, counter: credential.sessionCounter),
            scheme(of: key.algorithm, digest))
    }

    /// Authenticates by a session's key.
    public static func authenticate(
        _ message: Message, counter: UInt32, sessionKey: SecretBytes
    ) -> Credential {
        let version = message.envelope.version
        let algorithm: Algorithm = version.hasFeatures(of2: 7) ? .hmac(.sha256) : .framed(.sha1)
        let code = authenticationCode(message, counter: counter, sessionKey: sessionKey, algorithm)
        let name = version.hasFeatures(of2: 7) ? "HMAC-SHA256" : version.hasFeatures(of2: 6) ? "SHA1" : "\u{2}"
        return Credential(
            type: Credential.authenticated, sessionCounter: counter, digestName: Array(name.utf8), signature: code)
    }

    /// Whether the credential authenticates this message by the session's key. Replays are the caller's to find, by
    /// the counter.
    public static func isAuthentic(
        _ message: Message, _ credential: Credential, sessionKey: SecretBytes
    ) -> Bool {
        guard credential.type == Credential.authenticated,
            let algorithm = Algorithm(credential.digestName, version: message.envelope.version)
        else { return false }
        let expected = authenticationCode(
            message, counter: credential.sessionCounter, sessionKey: sessionKey, algorithm)
        return expected.isEqualInConstantTime(to: credential.signature)
    }

    private static func scheme(of key: KeyAlgorithm, _ digest: Digest.Algorithm) -> SignatureScheme {
        key == .sm2 && digest == .sm3 ? .sm2(id: SignatureScheme.sm2DefaultID) : .digest(digest)
    }

    private enum Algorithm {
        /// A digest over the key, the message and the key again.
        case framed(Digest.Algorithm)
        case hmac(Digest.Algorithm)

        /// What the other side took; nil when it is not one that its version has.
        init?(_ name: [UInt8], version: ProtocolVersion) {
            guard version.hasFeatures(of2: 7) else {
                guard let digest = Digest.Algorithm(wireName: name), digest != .sm3 else { return nil }
                self = .framed(digest)
                return
            }
            switch DigestName.normalized(name) {
            case "HMACSHA256": self = .hmac(.sha256)
            case "HMACSHA1": self = .hmac(.sha1)
            default: return nil
            }
        }
    }

    private static func authenticationCode(
        _ message: Message, counter: UInt32, sessionKey: SecretBytes, _ algorithm: Algorithm
    ) -> [UInt8] {
        switch algorithm {
        case .hmac(let digest):
            let input = CertifiedBytes.ofSignature(message, counter: counter)
            return MAC.hmac(digest, key: sessionKey, input)
        case .framed(let digest):
            var key = sessionKey.exposed
            var input = CertifiedBytes.ofFramedDigest(message, key: key)
            defer {
                key.wipe()
                input.wipe()
            }
            return Digest.hash(input, digest)
        }
    }
}
