// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Which end of a TLS connection one is.
public enum TLSRole: Sendable {
    case server
    case client
}

/// Whom one believes to be who they say.
public enum TLSTrust: Sendable {
    /// Those whose certificate leads to one of these: authorities, or the other end's own.
    case certificates([Certificate])
    /// Those whose certificate leads to an authority that this machine trusts.
    case machine
    /// Those who have one of the keys of these SHA-256 digests (`Certificate.publicKeyDigest`), whatever their
    /// certificate says besides: names, dates and issuers are not looked at.
    case keys([[UInt8]])
    /// Anyone who has the key of the certificate that he shows: who it is, is found out from the key afterwards.
    case anyKey
}

/// Whether the other end must show a certificate. A client's other end, a server, always does.
public enum TLSPeerCertificate: Sendable {
    /// None is asked for. Of servers only.
    case none
    /// One is asked for, and refused when it is not trusted; who has none is let in. Of servers only.
    case optional(TLSTrust)
    case required(TLSTrust)
}

/// Versions of TLS; older ones are not spoken (RFC 8996).
public enum TLSVersion: Int32, Comparable, Sendable {
    case tls12 = 0x0303
    case tls13 = 0x0304

    public static func < (one: TLSVersion, other: TLSVersion) -> Bool { one.rawValue < other.rawValue }
}

/// What a context's callbacks decide by.
final class TLSChoices: Sendable {
    let keyDigests: [[UInt8]]
    let protocols: [[UInt8]]

    init(_ peer: TLSPeerCertificate, _ protocols: [String]) {
        self.protocols = protocols.map { Array($0.utf8) }
        switch peer {
        case .optional(.keys(let digests)), .required(.keys(let digests)): keyDigests = digests
        case .none, .optional, .required: keyDigests = []
        }
    }
}

/// The settings that TLS connections are made from (RFC 5246, RFC 8446, RFC 9325).
///
/// No compression, renegotiation, early data or resumption. Ciphers have forward secrecy and authenticate what they
/// encrypt.
///
/// Sendable: nothing is changed after `init`, and OpenSSL locks and counts references itself (SSL_CTX(3)).
@safe public final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    public let role: TLSRole
    /// Our own.
    public let certificate: Certificate?
    /// What OpenSSL's callbacks read; it is lent to the context and lives as long.
    private let choices: TLSChoices

    /// - Parameters:
    ///   - identity: Who we are. Servers need one.
    ///   - peer: Clients take `.required` only.
    ///   - protocols: What is spoken inside, best first (ALPN, RFC 7301); empty: not negotiated.
    public init(
        _ role: TLSRole, identity: TLSIdentity?, peer: TLSPeerCertificate, protocols: [String] = [],
        versions: ClosedRange<TLSVersion> = .tls12 ... .tls13
    ) throws(OpenSSLError) {
        if role == .server, identity == nil { throw OpenSSLError(refusing: "serve TLS without a certificate") }
        if role == .client {
            guard case .required = peer else {
                throw OpenSSLError(refusing: "open a TLS connection to a server that need not show a certificate")
            }
        }
        let method = unsafe role == .server ? TLS_server_method() : TLS_client_method()
        guard let context = unsafe SSL_CTX_new_ex(Library.pointer, nil, method) else {
            throw OpenSSLError(during: "prepare TLS")
        }
        let choices = TLSChoices(peer, protocols)
        do throws(OpenSSLError) {
            unsafe try Self.configure(context, versions: versions)
            if let identity { unsafe try Self.use(identity, in: context) }
            unsafe try Self.verify(peer, with: choices, in: context)
            unsafe try Self.negotiate(choices, as: role, in: context)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe pointer = context
        self.role = role
        certificate = identity?.certificate
        self.choices = choices
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    private static let groups = "X25519:P-256:P-384"
    private static let sessionContext: StaticString = "banyan"

    private static func configure(
        _ context: OpaquePointer, versions: ClosedRange<TLSVersion>
    ) throws(OpenSSLError) {
        unsafe SSL_CTX_set_options(context, shim_SSL_OPTIONS)
        unsafe shim_SSL_CTX_set_frugality(context)
        let lowest = versions.lowerBound.rawValue
        let highest = versions.upperBound.rawValue
        guard unsafe shim_SSL_CTX_set_versions(context, lowest, highest) == 1,
            unsafe SSL_CTX_set_cipher_list(context, ciphers) == 1,
            unsafe shim_SSL_CTX_set_groups(context, groups) == 1,
            unsafe SSL_CTX_set_num_tickets(context, 0) == 1,
            unsafe SSL_CTX_set_session_id_context(
                context, sessionContext.utf8Start, UInt32(sessionContext.utf8CodeUnitCount)) == 1
        else { throw OpenSSLError(during: "prepare TLS") }
    }

    private static func use(_ identity: TLSIdentity, in context: OpaquePointer) throws(OpenSSLError) {
        guard unsafe SSL_CTX_use_certificate(context, identity.certificate.pointer) == 1,
            unsafe SSL_CTX_use_PrivateKey(context, identity.key.pointer) == 1,
            identity.chain.dropFirst().allSatisfy({ unsafe shim_SSL_CTX_add_to_chain(context, $0.pointer) == 1 })
        else { throw OpenSSLError(during: "use a certificate") }
    }

    private static func verify(
        _ peer: TLSPeerCertificate, with choices: TLSChoices, in context: OpaquePointer
    ) throws(OpenSSLError) {
        let trust: TLSTrust
        switch peer {
        case .none:
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            return
        case .optional(let chosen):
            trust = chosen
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        case .required(let chosen):
            trust = chosen
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
        switch trust {
        case .certificates(let certificates):
            guard !certificates.isEmpty else { throw OpenSSLError(refusing: "trust an empty list of certificates") }
            let store = unsafe SSL_CTX_get_cert_store(context)
            for certificate in certificates {
                guard unsafe X509_STORE_add_cert(store, certificate.pointer) == 1,
                    unsafe SSL_CTX_add_client_CA(context, certificate.pointer) == 1
                else { throw OpenSSLError(during: "trust a certificate") }
            }
            // What was given is trusted, also where it is no authority that signed itself.
            unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        case .machine:
            guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw OpenSSLError(during: "find the authorities of this machine")
            }
        case .keys(let digests):
            guard !digests.isEmpty, digests.allSatisfy({ $0.count == 32 }) else {
                throw OpenSSLError(refusing: "trust keys by digests that are none")
            }
            unsafe SSL_CTX_set_cert_verify_callback(context, verifyKey, Unmanaged.passUnretained(choices).toOpaque())
        case .anyKey:
            unsafe SSL_CTX_set_cert_verify_callback(context, verifyNothing, nil)
        }
    }

    private static func negotiate(
        _ choices: TLSChoices, as role: TLSRole, in context: OpaquePointer
    ) throws(OpenSSLError) {
        guard !choices.protocols.isEmpty else { return }
        guard choices.protocols.allSatisfy({ (1...255).contains($0.count) }) else {
            throw OpenSSLError(refusing: "negotiate a protocol of that name")
        }
        if role == .server {
            unsafe SSL_CTX_set_alpn_select_cb(context, selectProtocol, Unmanaged.passUnretained(choices).toOpaque())
            return
        }
        // Zero is success here.
        let list = choices.protocols.flatMap { [UInt8($0.count)] + $0 }
        let result = unsafe list.withUnsafeBufferPointer {
            unsafe SSL_CTX_set_alpn_protos(context, $0.baseAddress, UInt32($0.count))
        }
        guard result == 0 else { throw OpenSSLError(during: "prepare TLS") }
    }
}
