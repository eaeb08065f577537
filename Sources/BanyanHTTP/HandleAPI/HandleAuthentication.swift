import BanyanAdmin
import BanyanIndex
import Foundation
import HTTPTypes
import HandleProtocol
import OpenSSL

/// Who makes a call of the Handle API: `Authorization: Basic`, or `Handle` with a session and a signature.
///
/// Credentials count over TLS, and where a listener takes them in clear; elsewhere they are not looked at.
struct HandleAuthentication: Sendable {
    let administration: AdminService
    let index: HandleIndex
    let sessions = HandleSessions()

    /// - Parameter handle: what the refusal repeats.
    /// - Throws: 401, with what would be taken, where somebody is named but not proven.
    func caller(of call: HTTPCall, handle: [UInt8]?) async throws -> Caller {
        guard call.takesCredentials, let text = call.header(.authorization) else { return .anyone }
        switch AuthorizationHeader(text) {
        case .basic(let key, let password):
            let (administration, peer, secret) = (administration, call.peer, SecretBytes(password))
            return try await proven(call, handle) {
                try administration.authenticate(key, password: secret, from: peer)
            }
        case .handle(let parameters):
            return try await caller(of: call, handle, parameters)
        case .bearer:
            guard let principal = try call.tokenPrincipal(in: index) else {
                throw try await refusal("The token does not count", call, handle)
            }
            return .account(principal)
        case .unknown:
            throw try await refusal("The credentials are of no known kind", call, handle)
        }
    }

    /// By a session that is proven, or by a signature over its nonce, which proves it.
    private func caller(
        of call: HTTPCall, _ handle: [UInt8]?, _ parameters: [String: String]
    ) async throws -> Caller {
        guard ["", "0"].contains(parameters["version"] ?? "") else {
            throw try await refusal("Unknown version of the Handle scheme", call, handle)
        }
        if parameters["clientcert"]?.lowercased() == "true" { return try await certified(call, handle) }
        guard let identifier = parameters["sessionid"], let session = sessions.use(identifier) else {
            throw try await refusal("No such session", call, handle)
        }
        guard parameters["signature"] != nil else { return session.identity.map(Caller.administrator) ?? .anyone }
        return try await prove(session, parameters, call, handle)
    }

    /// By the certificate of the TLS handshake, which names a handle or one of its values and has the same public key.
    private func certified(_ call: HTTPCall, _ handle: [UInt8]?) async throws -> Caller {
        guard let certificate = await call.clientCertificate(), let publicKey = try? certificate.publicKey() else {
            throw try await refusal(
                "No client certificate has come; https.clients must be optional here", call, handle)
        }
        let seconds = Int64(Date().timeIntervalSince1970)
        guard certificate.notBefore <= seconds, seconds < certificate.notAfter else {
            throw try await refusal("The client certificate is not valid now", call, handle)
        }
        let name = ["UID", "CN", "O"].lazy.compactMap { certificate.subjectAttribute($0) }.first
        guard let name, let key = AuthorizationHeader.reference(PercentEncoding.encode(Array(name.utf8))) else {
            throw try await refusal("The certificate's subject names no handle: UID, CN or O", call, handle)
        }
        let (administration, peer) = (administration, call.peer)
        return try await proven(call, handle) {
            try administration.authenticate(key, certified: publicKey, from: peer)
        }
    }

    /// Checks a signature over a session's nonce and the client's, and binds the session to who made it.
    func prove(
        _ session: HandleSessions.Session, _ parameters: [String: String], _ call: HTTPCall, _ handle: [UInt8]?
    ) async throws -> Caller {
        guard let answer = SignatureParameters(parameters) else {
            throw try await refusal("id, type, alg, cnonce and signature are wanted", call, handle)
        }
        let (administration, peer) = (administration, call.peer)
        let caller = try await proven(call, handle) {
            try administration.authenticate(
                answer.challengeAnswer, nonce: session.nonce, clientNonce: answer.clientNonce, from: peer)
        }
        if case .administrator(let key) = caller { sessions.bind(session.identifier, to: key) }
        return caller
    }

    private func proven(
        _ call: HTTPCall, _ handle: [UInt8]?, _ body: @escaping @Sendable () throws -> Caller
    ) async throws -> Caller {
        do { return try await call.work(body) } catch let outcome as AdminOutcome {
            guard outcome.code == .authenticationFailed else { throw HandleAnswer(outcome, handle: handle) }
            throw try await refusal("Identity not verified", call, handle)
        }
    }

    /// 401: with a body, which the reference leaves out, and the schemes that would be taken.
    private func refusal(_ reason: String, _ call: HTTPCall, _ handle: [UInt8]?) async throws -> HandleAnswer {
        var answer = HandleAnswer(.authenticationFailed, reason, handle: handle)
        answer.status = .unauthorized
        return try await challenged(answer, call, error: reason)
    }

    /// An answer that asks for credentials. A page's script gets no `Basic`, for which a browser would open its own
    /// window; nor does who has tried another scheme.
    func challenged(_ answer: HandleAnswer, _ call: HTTPCall, error: String? = nil) async throws -> HandleAnswer {
        var answer = answer
        let session = try sessions.create()
        let nonce = String(decoding: Base64.encode(session.nonce), as: UTF8.self)
        var challenge = "Handle sessionId=\"\(session.identifier)\", nonce=\"\(nonce)\""
        if let error { challenge += ", error=\"\(PercentEncoding.encode(Array(error.utf8), keeping: " ,"))\"" }
        answer.headers.append(HTTPField(name: .wwwAuthenticate, value: challenge))
        let isScript = call.header(.named("X-Requested-With")) == "XMLHttpRequest"
        let scheme = call.header(.authorization)?.lowercased()
        if !isScript, scheme?.hasPrefix("basic") ?? true {
            answer.headers.append(HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"handle\""))
        }
        return answer
    }
}

/// The parameters of a signature, in the Handle scheme, in a session's body, or in a query for a verification.
struct SignatureParameters {
    var challengeAnswer: ChallengeAnswer
    var clientNonce: [UInt8]

    /// nil where one is missing, or is not what it should be. Names in lower case.
    /// - Parameter key: of which key, where the parameters do not say so.
    init?(_ parameters: [String: String], key: ValueReference? = nil) {
        func bytes(_ name: String) -> [UInt8]? {
            guard let text = parameters[name] else { return nil }
            let utf8 = Array(text.utf8)
            var writer = ByteWriter()
            return Base64.decode(utf8.rawSpan, into: &writer) ? writer.bytes : nil
        }
        guard let key = key ?? parameters["id"].flatMap(AuthorizationHeader.reference),
            let clientNonce = bytes("cnonce"), let signature = bytes("signature"), let algorithm = parameters["alg"]
        else { return nil }
        self.clientNonce = clientNonce
        var writer = ByteWriter()
        if parameters["type"]?.uppercased() == "HS_PUBKEY" {
            writer.write(Array(algorithm.utf8))
            writer.write(signature)
            challengeAnswer = ChallengeAnswer(keyType: ValueType.publicKey, key: key, answer: writer.bytes)
            return
        }
        switch algorithm.uppercased().filter({ $0.isLetter || $0.isNumber }) {
        case "MD5": writer.write(1 as UInt8)
        case "SHA1", "SHA": writer.write(2 as UInt8)
        case "SHA256", "SHA2": writer.write(3 as UInt8)
        case "HMACSHA1": writer.write(0x12 as UInt8)
        case "HMACSHA256": writer.write(0x13 as UInt8)
        case "PBKDF2HMACSHA1", "PBKDF2WITHHMACSHA1":
            guard let salt = bytes("salt"), let iterations = parameters["iterations"].flatMap({ UInt32($0) }),
                let length = parameters["length"].flatMap({ UInt32($0) })
            else { return nil }
            writer.write(0x22 as UInt8)
            writer.write(salt)
            writer.write(iterations)
            writer.write(length)
            writer.write(signature)
            challengeAnswer = ChallengeAnswer(keyType: ValueType.secretKey, key: key, answer: writer.bytes)
            return
        default: return nil
        }
        writer.write(raw: signature)
        challengeAnswer = ChallengeAnswer(keyType: ValueType.secretKey, key: key, answer: writer.bytes)
    }
}
