import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleProtocol

/// A call of the Banyan API, as its handler sees it: parameters and body have been held against the route.
struct APIRequest: Sendable {
    let call: HTTPCall
    let parameters: HTTPParameters
    /// The parts of the path that stand for something, decoded.
    let path: [String: [UInt8]]
    /// Nil: nobody has signed in.
    let principal: Principal?
    /// Of a JSON document; null where there is none.
    let json: JSONValue
    /// Of a record, as it came.
    let body: [UInt8]

    /// Who it is and by which door, as the journal names them.
    var origin: ChangeOrigin {
        ChangeOrigin(
            principal: principal?.name ?? "anyone", source: "\(call.journalName) \(call.peer) \(call.id)")
    }

    var handle: [UInt8] { path["handle"] ?? [] }

    func pathText(_ name: String) -> String { String(decoding: path[name] ?? [], as: UTF8.self) }

    func text(_ name: String) -> String? { parameters.text(name) }
    func integer(_ name: String) -> Int? { parameters.text(name).flatMap { Int($0) } }
    func flag(_ name: String) -> Bool { parameters.text(name) == "true" }
    var limit: Int { integer("limit") ?? 100 }

    /// Where a list goes on, as the page before has said.
    func cursor() throws(ProblemResponse) -> [UInt8]? {
        guard let text = parameters.first("cursor") else { return nil }
        var writer = ByteWriter()
        guard Base64.decode(text.rawSpan, into: &writer), writer.byteCount <= 512, writer.byteCount > 0 else {
            throw ProblemResponse(
                .badRequest, "invalid-parameter", "The cursor is none", detail: "Take `next` of the page before.",
                field: "cursor")
        }
        return writer.bytes
    }

    // MARK: Permission

    /// Refuses what the caller may not do under that prefix.
    @discardableResult
    func require(_ operation: AccessOperation, under prefix: String? = nil) throws(ProblemResponse) -> Principal {
        guard let principal else { throw .notSignedIn }
        guard principal.may(operation, under: prefix) else { throw .forbidden(operation) }
        return principal
    }

    /// As `require`, for a change of a handle's record. That of a prefix says who administers it: it is the operator's.
    func requireChange(_ operation: AccessOperation, of handle: [UInt8]) throws(ProblemResponse) {
        let principal = try require(operation, under: Principal.prefix(of: handle))
        guard principal.role == .operator || !Handle(handle).isPrefix else { throw .forbidden(operation) }
    }

    /// Whether the caller may read what not everyone may.
    func mayRead(_ handle: [UInt8]) -> Bool {
        principal?.may(.read, under: Principal.prefix(of: handle)) ?? false
    }

    // MARK: Preconditions (RFC 9110 §13)

    /// What the client knows of what it asks for.
    func isKnown(version: UInt64) -> Bool {
        guard let field = call.header(.ifNoneMatch) else { return false }
        return field == "*" || Self.tags(field).contains("\"\(version)\"")
    }

    /// Holds a change against what is there; nil: nothing is.
    /// - Throws: 428 without a precondition, 412 where it does not hold.
    func checkPrecondition(version: UInt64?) throws(ProblemResponse) {
        if let field = call.header(.ifNoneMatch) {
            guard field == "*" else { throw .preconditionRequired }
            guard version == nil else { throw .preconditionFailed }
            return
        }
        guard let field = call.header(.ifMatch) else { throw .preconditionRequired }
        guard let version, field == "*" || Self.tags(field).contains("\"\(version)\"") else {
            throw .preconditionFailed
        }
    }

    private static func tags(_ field: String) -> [Substring] {
        field.split(separator: ",").map { tag in
            let trimmed = tag.drop { $0 == " " }
            return (trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed).prefix { $0 != " " }
        }
    }
}

extension ProblemResponse {
    static let notSignedIn: ProblemResponse = {
        var problem = ProblemResponse(
            .unauthorized, "not-signed-in", "Credentials are wanted",
            detail: "A token in `Authorization: Bearer`, or name and password in `Authorization: Basic`, over HTTPS.")
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"banyan\""
        return problem
    }()

    static func forbidden(_ operation: AccessOperation) -> ProblemResponse {
        ProblemResponse(
            .forbidden, "not-permitted", "The credentials do not allow it",
            detail: "The operation `\(operation.rawValue)` is wanted, under this prefix.")
    }

    static let preconditionFailed = ProblemResponse(
        .preconditionFailed, "precondition-failed", "It is not what the client thinks it is",
        detail: "Read it again, and repeat the change with its `ETag`.")

    static let preconditionRequired = ProblemResponse(
        .preconditionRequired, "precondition-required", "A precondition is wanted",
        detail: "`If-Match` with the `ETag` of what is to be changed, or `*` for whatever is there; `If-None-Match: *` "
            + "to create.")

    static func invalid(_ violation: JSONSchema.Violation, _ code: String = "invalid-body") -> ProblemResponse {
        ProblemResponse(
            .badRequest, code, "The request is not as it has to be", detail: violation.reason,
            field: violation.field.isEmpty ? nil : violation.field)
    }
}
