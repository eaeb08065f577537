public import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore

/// An error as its caller is told it (RFC 9457): what is wrong, where, and what to do. Texts hold no values and no
/// secrets.
public struct ProblemResponse: Error, Equatable, Sendable {
    public var status: HTTPResponse.Status
    /// A word for programs, which never changes: `handle-exists`.
    public var code: String
    public var title: String
    public var detail: String?
    /// The member of the body, or the parameter, that is wrong.
    public var field: String?
    /// Which row of several, from 1 on.
    public var row: Int?
    /// Seconds after which the same may succeed.
    public var retryAfter: Int?
    /// Further fields of the head, such as `WWW-Authenticate`.
    public var headers = HTTPFields()

    public init(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, detail: String? = nil, field: String? = nil,
        row: Int? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.field = field
        self.row = row
        self.retryAfter = retryAfter
    }

    /// As `application/problem+json`.
    public func response(requestID: String) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("type")
        writer.write("urn:banyan:problem:" + code)
        writer.name("title")
        writer.write(title)
        writer.name("status")
        writer.write(status.code)
        writer.name("code")
        writer.write(code)
        if let detail {
            writer.name("detail")
            writer.write(detail)
        }
        if let field {
            writer.name("field")
            writer.write(field)
        }
        if let row {
            writer.name("row")
            writer.write(row)
        }
        writer.name("requestId")
        writer.write(requestID)
        writer.endObject()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}

extension ProblemResponse {
    public static let busy = ProblemResponse(
        .serviceUnavailable, "too-busy", "The server is too busy", retryAfter: 1)
    public static let tooManyRequests = ProblemResponse(
        .tooManyRequests, "too-many-requests", "This address asks too often", retryAfter: 1)
    public static let notFound = ProblemResponse(.notFound, "no-such-path", "There is nothing at this path")
    static let internalError = ProblemResponse(
        .internalServerError, "internal", "The server failed",
        detail: "The log tells more under the request's id.")

    static func tooLong(_ most: Int) -> ProblemResponse {
        ProblemResponse(.contentTooLarge, "body-too-long", "The body is too long", detail: "At most \(most) bytes.")
    }

    /// For a method that a path does not have.
    public static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> ProblemResponse {
        var problem = ProblemResponse(
            .methodNotAllowed, "method-not-allowed", "The path does not have this method")
        problem.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        return problem
    }
}
