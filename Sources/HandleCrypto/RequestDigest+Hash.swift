public import HandleProtocol
internal import OpenSSL

extension RequestDigest {
    /// The digest of a request's header and body that an answer of `version` carries (RFC 3652 §2.2.3): SHA-256 from
    /// 2.7 on, SHA-1 from 2.1 on, before that MD5 in the form that a challenge has.
    public init(of signedBytes: [UInt8], for version: ProtocolVersion) {
        guard let kind = Kind.chosen(for: version) else {
            self = .counted(Digest.hash(signedBytes, .md5))
            return
        }
        self.init(of: signedBytes, kind: kind)
    }

    public init(of signedBytes: [UInt8], kind: Kind) {
        self = .ofKind(kind, Digest.hash(signedBytes, kind.algorithm))
    }

    /// Whether this is the digest of that request.
    public func matches(_ signedBytes: [UInt8]) -> Bool {
        switch self {
        case .ofKind(let kind, let digest):
            Digest.hash(signedBytes, kind.algorithm).isEqualInConstantTime(to: digest)
        case .counted(let digest), .unflagged(let digest):
            Digest.hash(signedBytes, .md5).isEqualInConstantTime(to: digest)
        }
    }
}

extension RequestDigest.Kind {
    var algorithm: Digest.Algorithm {
        switch self {
        case .md5: .md5
        case .sha1: .sha1
        case .sha256: .sha256
        }
    }
}
