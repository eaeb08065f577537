import BanyanRegistry
import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore

/// The Banyan API, under `/v1`: everything that the command line does, over HTTP. What there is stands in one table,
/// which is also what the OpenAPI document is made of.
public struct BanyanAPIDoor: HTTPDoor {
    private let services: APIServices
    private let authentication: APIAuthentication
    private let routes: [APIRoute]
    private let document: [UInt8]

    public init(_ services: APIServices) {
        self.services = services
        authentication = APIAuthentication(services)
        routes = Self.routes(services, authentication)
        document = OpenAPIDocument.text(of: routes, version: services.version)
    }

    /// Everything that can be called, in the order of the document.
    private static func routes(_ services: APIServices, _ authentication: APIAuthentication) -> [APIRoute] {
        NodeRoutes(services: services).routes + SessionRoutes(services: services, authentication: authentication).routes
            + RecordRoutes(services: services).routes + ValueRoutes(services: services).routes
            + HistoryRoutes(services: services).routes
    }

    public func takes(_ path: Substring) -> Bool { path == "/v1" || path.hasPrefix("/v1/") }

    public func respond(to call: HTTPCall) async throws -> Response {
        let (route, path) = try match(call)
        let principal = try await authentication.principal(of: call)
        if route.access == .signedIn, principal == nil { throw ProblemResponse.notSignedIn }
        let parameters = try call.parameters()
        try Self.check(parameters, path, route)
        let body = try await Self.body(of: call, route)
        let request = APIRequest(
            call: call, parameters: parameters, path: path, principal: principal, json: try Self.json(body, route),
            body: body)
        do {
            switch route.handler {
            case .waiting(let handle): return Self.response(try await handle(request), call)
            case .document: return Self.response(APIAnswer(bytes: document), call)
            case .blocking(let handle): return Self.response(try await call.work { try handle(request) }, call)
            }
        } catch let error as AccountError {
            throw ProblemResponse(error)
        }
    }

    /// The operation, and what the placeholders of its path stand for.
    private func match(_ call: HTTPCall) throws(ProblemResponse) -> (APIRoute, [String: [UInt8]]) {
        let segments = call.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var found: [(route: APIRoute, path: [String: [UInt8]])] = []
        for route in routes {
            if let path = Self.match(Array(segments), route.segments) { found.append((route, path)) }
        }
        // A word that stands for itself goes before one that may be any.
        guard let fewest = found.map(\.path.count).min() else {
            let isHandle = call.path.hasPrefix("/v1/handles/") && segments.count > 3
            var problem = ProblemResponse.notFound
            if isHandle { problem.detail = "The slash of a handle is written %2F here: /v1/handles/88.118.8%2FSN-1" }
            throw problem
        }
        let candidates = found.filter { $0.path.count == fewest }
        let method: HTTPRequest.Method = call.method == .head ? .get : call.method
        guard let match = candidates.first(where: { $0.route.method == method }) else {
            throw .methodNotAllowed(candidates.map(\.route.method))
        }
        return match
    }

    private static func match(_ segments: [Substring], _ pattern: [Substring]) -> [String: [UInt8]]? {
        guard segments.count == pattern.count else { return nil }
        var path: [String: [UInt8]] = [:]
        for (segment, part) in zip(segments, pattern) {
            if part.hasPrefix("{") {
                guard let text = PercentEncoding.decode(segment), !text.isEmpty else { return nil }
                path[String(part.dropFirst().dropLast())] = text
            } else if segment != part {
                return nil
            }
        }
        return path
    }

    private static func response(_ answer: APIAnswer, _ call: HTTPCall) -> Response {
        var headers = answer.headers
        headers[.cacheControl] = "no-store"
        headers[.vary] = "Authorization"
        guard let body = answer.body else { return Response(status: answer.status, headers: headers) }
        return Response(
            status: answer.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

// MARK: Holding a request against its route

extension BanyanAPIDoor {
    private static func check(
        _ parameters: HTTPParameters, _ path: [String: [UInt8]], _ route: APIRoute
    ) throws(ProblemResponse) {
        for (name, value) in path {
            guard let known = route.parameters.first(where: { $0.place == .path && $0.name == name }) else { continue }
            try check(value, against: known.schema, name)
        }
        let known = route.parameters.filter { $0.place == .query }
        for pair in parameters.pairs {
            guard let parameter = known.first(where: { $0.name == pair.name }) else {
                let names = known.map(\.name).joined(separator: ", ")
                throw ProblemResponse(
                    .badRequest, "unknown-parameter", "There is no such parameter here",
                    detail: known.isEmpty ? "There are none." : "Accepted: \(names).", field: pair.name)
            }
            if case .array(let element, let count) = parameter.schema.form {
                guard parameters.all(pair.name).count <= count.upperBound else {
                    throw .invalid(.init(field: pair.name, reason: "too many of them"), "invalid-parameter")
                }
                try check(pair.value, against: element, pair.name)
            } else {
                guard parameters.all(pair.name).count == 1 else {
                    throw .invalid(.init(field: pair.name, reason: "once, it is wanted"), "invalid-parameter")
                }
                try check(pair.value, against: parameter.schema, pair.name)
            }
        }
        for parameter in known where parameter.isRequired && parameters.first(parameter.name) == nil {
            throw .invalid(.init(field: parameter.name, reason: "it is missing"), "invalid-parameter")
        }
    }

    private static func check(_ value: [UInt8], against schema: JSONSchema, _ name: String) throws(ProblemResponse) {
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else {
            throw .invalid(.init(field: name, reason: "UTF-8 without NUL is wanted"), "invalid-parameter")
        }
        let json: JSONValue =
            switch schema.form {
            case .integer: .number(text)
            case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : .string(text)
            default: .string(text)
            }
        do throws(JSONSchema.Violation) { try schema.check(json, at: name) } catch {
            throw .invalid(error, "invalid-parameter")
        }
    }

    private static func body(of call: HTTPCall, _ route: APIRoute) async throws -> [UInt8] {
        switch route.body {
        case .none:
            guard try await call.body(upTo: 1 << 20).isEmpty else {
                throw ProblemResponse(.badRequest, "unexpected-body", "The operation takes no body")
            }
            return []
        case .json, .record:
            try requireType(of: call, ["application/json"])
            return try await call.body(upTo: APIRoute.bodyByteCountMax)
        }
    }

    private static func requireType(of call: HTTPCall, _ types: [String]) throws(ProblemResponse) {
        let type = (call.header(.contentType) ?? "").prefix { $0 != ";" && $0 != " " }.lowercased()
        guard types.contains(type) else {
            throw ProblemResponse(
                .unsupportedMediaType, "unsupported-media-type", "The body is of a type that is not taken",
                detail: "Accepted: \(types.joined(separator: ", ")).", field: "Content-Type")
        }
    }

    private static func json(_ body: [UInt8], _ route: APIRoute) throws(ProblemResponse) -> JSONValue {
        let schema: JSONSchema
        switch route.body {
        case .json(let wanted): schema = wanted
        case .none, .record: return .null
        }
        let json: JSONValue
        do throws(JSONError) { json = try JSONValue(parsing: body) } catch {
            throw ProblemResponse(.badRequest, "invalid-json", "The body is not JSON", detail: "\(error)")
        }
        do throws(JSONSchema.Violation) { try schema.check(json, at: "") } catch { throw .invalid(error) }
        return json
    }
}
