import BanyanAdmin
import HTTPTypes
import HandleProtocol

/// `/api/sessions` and `/api/sessions/this`; and whether another server's challenge was answered with a key that is
/// stored here.
extension HandleAPIDoor {
    /// What the Authorization head says in the Handle scheme, over it what the body says.
    private func parameters(of request: HandleCall) -> [String: String] {
        var parameters: [String: String] = [:]
        if case .handle(let named)? = request.call.header(.authorization).map(AuthorizationHeader.init) {
            parameters = named
        }
        for pair in request.parameters.pairs {
            parameters[pair.name.lowercased()] = String(decoding: pair.value, as: UTF8.self)
        }
        return parameters
    }

    private static func forbidden() -> HandleAnswer {
        var answer = HandleAnswer(.authenticationNeeded, "Sessions need TLS")
        answer.status = .forbidden
        return answer
    }

    func createSession(_ request: HandleCall) async throws -> HandleAnswer {
        guard request.call.takesCredentials else { return Self.forbidden() }
        let parameters = parameters(of: request)
        guard parameters["sessionid"] == nil else {
            return HandleAnswer(.protocolError, "sessionId: a new session has none yet")
        }
        let session = try authentication.sessions.create()
        var answer = try await describe(session, request, parameters)
        if answer.status == .ok { answer.status = .created }
        answer.headers[.location] = "/api/sessions/this"
        return answer
    }

    func useSession(_ request: HandleCall) async throws -> HandleAnswer {
        guard request.call.takesCredentials else { return Self.forbidden() }
        guard case .session(Array("this".utf8)) = try HandleEndpoint(request.call.path, method: request.call.method)
        else {
            var answer = HandleAnswer(.authenticationNeeded, "Sessions are named by their head field alone")
            answer.status = .forbidden
            return answer
        }
        let parameters = parameters(of: request)
        guard let session = parameters["sessionid"].flatMap({ authentication.sessions.use($0) }) else {
            var answer = HandleAnswer(session: nil) { writer in
                writer.name("authenticated")
                writer.write(false)
            }
            if request.call.method != .get, request.call.method != .head { answer.status = .forbidden }
            return answer
        }
        if request.call.method == .delete {
            _ = authentication.sessions.end(session.identifier)
            var answer = HandleAnswer(session: nil) { _ in }
            answer.status = .noContent
            return answer
        }
        return try await describe(session, request, parameters)
    }

    /// The state of a session, after what the parameters prove.
    private func describe(
        _ session: HandleSessions.Session, _ request: HandleCall, _ parameters: [String: String]
    ) async throws -> HandleAnswer {
        var identity = session.identity
        var failure: HandleAnswer?
        if parameters["signature"] != nil {
            do {
                let proven = try await authentication.prove(session, parameters, request.call, nil)
                if case .administrator(let key) = proven { identity = key }
            } catch let answer as HandleAnswer {
                failure = answer
            }
        }
        var proof: (algorithm: String, signature: [UInt8])?
        if parameters["id"] == nil, let nonce = parameters["cnonce"].flatMap(Self.bytes) {
            let administration = administration
            proof = try await request.call.work {
                administration.prove(nonce: session.nonce, clientNonce: nonce).map(Proof.init)
            }.map { ($0.algorithm, $0.signature) }
        }
        var answer = HandleAnswer(session: session) { writer in
            if let proof {
                writer.name("serverAlg")
                writer.write(proof.algorithm)
                writer.name("serverSignature")
                writer.write(base64: proof.signature.rawSpan)
            }
            writer.name("authenticated")
            writer.write(failure == nil && identity != nil)
            if failure == nil, let identity {
                writer.name("id")
                writer.write("\(identity)")
            }
            if failure != nil {
                writer.name("error")
                writer.write("Identity not verified")
            }
        }
        if let failure {
            answer.status = failure.status
            answer.headers = failure.headers
        }
        return answer
    }

    private struct Proof: Sendable {
        var algorithm: String
        var signature: [UInt8]
        init(_ pair: (algorithm: String, signature: [UInt8])) { (algorithm, signature) = pair }
    }

    private static func bytes(_ base64: String) -> [UInt8]? {
        let text = Array(base64.utf8)
        var writer = ByteWriter()
        return Base64.decode(text.rawSpan, into: &writer) ? writer.bytes : nil
    }

    // MARK: Verifications

    func verify(_ request: HandleCall, _ path: [UInt8]) async throws -> HandleAnswer {
        var parameters: [String: String] = [:]
        for pair in request.parameters.pairs {
            parameters[pair.name.lowercased()] = String(decoding: pair.value, as: UTF8.self)
        }
        guard let key = ValueReference(text: path.rawSpan) ?? Self.reference(path, parameters["index"]) else {
            return HandleAnswer(.protocolError, "index: once, in the path or as a parameter, is wanted")
        }
        guard let nonce = parameters["nonce"].flatMap(Self.bytes),
            let signed = SignatureParameters(parameters, key: key)
        else {
            return HandleAnswer(.protocolError, "nonce, cnonce, alg and signature are wanted", handle: key.handle)
        }
        let question = VerifyChallenge(
            key: key, nonce: nonce, digest: .unflagged(signed.clientNonce), answer: signed.challengeAnswer.answer)
        let administration = administration
        let peer = request.call.peer
        let isValid: Bool
        do {
            isValid = try await request.call.work { try administration.verify(question, from: peer) }
        } catch let outcome as AdminOutcome {
            return HandleAnswer(outcome, handle: key.handle)
        }
        return HandleAnswer(.success, handle: key.handle) { writer in
            writer.name("isValid")
            writer.write(isValid)
        }
    }

    private static func reference(_ path: [UInt8], _ index: String?) -> ValueReference? {
        guard let index = index.flatMap({ UInt32($0) }) else { return nil }
        return ValueReference(handle: path, index: index)
    }
}

extension HandleAnswer {
    /// What is told of a session: an object without a response code.
    fileprivate init(session: HandleSessions.Session?, _ body: (inout JSONWriter) -> Void) {
        self.init(.success)
        writer = JSONWriter()
        writer.beginObject()
        if let session {
            writer.name("sessionId")
            writer.write(session.identifier)
            writer.name("nonce")
            writer.write(base64: session.nonce.rawSpan)
        }
        body(&writer)
        writer.endObject()
    }
}
