public import BanyanAdmin
public import BanyanIndex
import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore

/// The Handle REST API of handle.net 9, under `/api`: records, lists, prefixes, the site, sessions, verifications.
///
/// Every operation is one of the Handle protocol, done by the same rules as there; this translates.
public struct HandleAPIDoor: HTTPDoor {
    let administration: AdminService
    let index: HandleIndex
    let authentication: HandleAuthentication

    public init(administration: AdminService, index: HandleIndex) {
        self.administration = administration
        self.index = index
        authentication = HandleAuthentication(administration: administration, index: index)
    }

    public func takes(_ path: Substring) -> Bool { path == "/api" || path.hasPrefix("/api/") }

    public func respond(to call: HTTPCall) async throws -> Response {
        if let preflight = CrossOrigin.preflight(call) { return preflight }
        var format = HandleAnswerFormat()
        var response: Response
        do {
            let endpoint = try HandleEndpoint(call.path, method: call.method)
            if call.method == .options { return endpoint.optionsResponse }
            var parameters = try parameters(of: call)
            let body = try await call.body()
            if endpoint.readsFormBody(call.method) { try addBody(body, of: call, to: &parameters) }
            format = HandleAnswerFormat(parameters)
            let request = HandleCall(call: call, parameters: parameters, body: body)
            var answer = try await respond(to: request, at: endpoint)
            // Who is not known yet is told how to say who he is, unless that has been told already.
            if answer.status == .unauthorized, call.takesCredentials, answer.headers[.wwwAuthenticate] == nil {
                answer = try await authentication.challenged(answer, call)
            }
            response = answer.response(in: format, for: call)
        } catch let answer as HandleAnswer {
            response = answer.response(in: format, for: call)
        }
        CrossOrigin.admit(call, to: &response)
        return response
    }

    private func respond(to request: HandleCall, at endpoint: HandleEndpoint) async throws -> HandleAnswer {
        switch endpoint {
        case .sessions: return try await createSession(request)
        case .session: return try await useSession(request)
        case .site: return site()
        case .record, .prefixes, .verification: break
        }
        let handle = endpoint.handle
        var request = request
        request.caller = try await authentication.caller(of: request.call, handle: handle)
        do {
            switch endpoint {
            case .record(let path): return try await answer(request, record: path)
            case .prefixes(let path): return try await answer(request, prefix: path)
            case .verification(let path): return try await verify(request, path)
            case .sessions, .session, .site: return HandleAnswer(.error)
            }
        } catch let answer as HandleAnswer {
            return answer
        }
    }

    private func parameters(of call: HTTPCall) throws(HandleAnswer) -> HTTPParameters {
        do throws(ProblemResponse) { return try call.parameters() } catch {
            throw HandleAnswer(.protocolError, error.title)
        }
    }

    private func addBody(_ body: [UInt8], of call: HTTPCall, to parameters: inout HTTPParameters) throws {
        let type = call.header(.contentType)?.lowercased() ?? ""
        if type.hasPrefix("application/json") {
            if !body.isEmpty { try parameters.append(json: body.rawSpan) }
        } else if type.hasPrefix("application/x-www-form-urlencoded") {
            for pair in try HTTPParameters(form: String(decoding: body, as: UTF8.self)).pairs {
                parameters.append(pair.name, pair.value)
            }
        }
    }

    private func site() -> HandleAnswer {
        guard let snapshot = try? index.snapshot(), let site = try? Site(parsing: snapshot.siteRecord) else {
            return HandleAnswer(.error)
        }
        return HandleAnswer(.success) { writer in
            writer.name("site")
            writer.write(site)
        }
    }

    /// Does an operation through the administration, on a thread that may block.
    func perform(
        _ operation: OpCode, _ body: HandleProtocol.RequestBody, flags: OpFlags = [], for request: HandleCall
    ) async throws -> AdminOutcome {
        let administration = administration
        let (caller, peer, door) = (request.caller, request.call.peer, request.call.journalName)
        return try await request.call.answer { completion in
            administration.perform(
                operation, body, flags: flags, for: caller, through: door, from: peer, completion: completion)
        }
    }
}

/// A request of the Handle API, and who makes it.
struct HandleCall: Sendable {
    let call: HTTPCall
    let parameters: HTTPParameters
    let body: [UInt8]
    var caller = Caller.anyone
}

extension HTTPCall {
    /// The door, as the journal names it.
    public var journalName: String { isSecure ? "https" : "http" }
}

/// How an answer is written: compact, in lines, or as a call of a script's function.
struct HandleAnswerFormat {
    var isIndented = false
    /// A name of letters, digits, dollar signs and underscores: whatever else was asked for became an underscore.
    var callback: String?

    init() {}

    init(_ parameters: HTTPParameters) {
        isIndented = parameters.flag("pretty") ?? false
        callback = parameters.text("callback").map { name in
            var sanitized = String.UnicodeScalarView()
            for (position, scalar) in name.unicodeScalars.prefix(128).enumerated() {
                let isWord =
                    scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "$" || scalar == "_")
                    || ("0"..."9").contains(scalar) && position > 0
                sanitized.append(isWord || scalar.value >= 0xA0 ? scalar : "_")
            }
            return sanitized.isEmpty ? "_" : String(sanitized)
        }
    }
}

extension HandleAnswer {
    func response(in format: HandleAnswerFormat, for call: HTTPCall) -> Response {
        let status = call.takesCredentials ? status : withoutCredentials.status
        var headers = headers
        var bytes = format.isIndented ? JSONIndentation.indent(writer.bytes) : writer.bytes
        headers[.contentType] = "application/json;charset=utf-8"
        if let callback = format.callback {
            bytes = Array((callback + "(").utf8) + bytes + Array(");".utf8)
            headers[.contentType] = "application/javascript;charset=utf-8"
            headers[.named("X-Content-Type-Options")] = "nosniff"
        }
        if status == .noContent { return Response(status: status, headers: self.headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
