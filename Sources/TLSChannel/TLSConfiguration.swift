public import NIOCore
public import OpenSSL

/// How one speaks TLS: which files say who we are, and whom we believe.
public struct TLSConfiguration: Equatable, Sendable {
    /// Whom one believes to be who they say; see `TLSTrust`.
    public enum Trust: Equatable, Sendable {
        /// Certificates in PEM text: of authorities, or the other end's own.
        case file(String)
        case machine
        /// SHA-256 digests of SubjectPublicKeyInfo.
        case keys([[UInt8]])
        case anyKey
    }

    /// A server's wish for its clients' certificates.
    public enum ClientCertificate: Equatable, Sendable {
        case none
        case optional(Trust)
        case required(Trust)
    }

    public enum Role: Equatable, Sendable {
        case server(ClientCertificate)
        case client(Trust)
    }

    public var role: Role
    /// PEM text: our own certificate first, then those that lead to an authority.
    public var certificateFile: String?
    /// PEM text of its private key, without a passphrase. May be the same file.
    public var keyFile: String?
    /// What is spoken inside, best first (ALPN, RFC 7301); empty: not negotiated.
    public var protocols: [String] = []
    public var versions: ClosedRange<TLSVersion> = .tls12 ... .tls13

    public init(_ role: Role, certificateFile: String? = nil, keyFile: String? = nil) {
        self.role = role
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// Reads the files and prepares what connections are made from.
    public func context() throws(TLSError) -> TLSContext {
        let identity = try identity()
        let peer: TLSPeerCertificate
        let side: TLSRole
        switch role {
        case .server(.none): (side, peer) = (.server, .none)
        case .server(.optional(let trust)): (side, peer) = (.server, .optional(try trust.loaded()))
        case .server(.required(let trust)): (side, peer) = (.server, .required(try trust.loaded()))
        case .client(let trust): (side, peer) = (.client, .required(try trust.loaded()))
        }
        do throws(OpenSSLError) {
            return try TLSContext(side, identity: identity, peer: peer, protocols: protocols, versions: versions)
        } catch {
            throw .configuration(error)
        }
    }

    private func identity() throws(TLSError) -> TLSIdentity? {
        guard let certificateFile else { return nil }
        let chain = try Self.certificates(inFile: certificateFile)
        let path = keyFile ?? certificateFile
        do throws(OpenSSLError) {
            return try TLSIdentity(chain: chain, key: PrivateKey(pem: SecretBytes(contentsOf: path)))
        } catch {
            throw .file(path: path, error)
        }
    }

    static func certificates(inFile path: String) throws(TLSError) -> [Certificate] {
        do throws(OpenSSLError) {
            return try Certificate.all(pem: SecretBytes(contentsOf: path).exposed)
        } catch {
            throw .file(path: path, error)
        }
    }
}

extension TLSConfiguration.Trust {
    fileprivate func loaded() throws(TLSError) -> TLSTrust {
        switch self {
        case .file(let path): .certificates(try TLSConfiguration.certificates(inFile: path))
        case .machine: .machine
        case .keys(let digests): .keys(digests)
        case .anyKey: .anyKey
        }
    }
}

/// Bounds of one connection.
public struct TLSLimits: Sendable {
    /// From the connection to the end of the handshake.
    public var handshakeTimeout: TimeAmount = .seconds(10)
    /// Most bytes that wait for the handshake, and most of our own that the other end draws and does not take.
    public var pendingByteCountMax = 1 << 20

    public init() {}
}
