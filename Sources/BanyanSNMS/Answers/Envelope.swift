import BanyanHTTP
import HTTPTypes
import Hummingbird
import NIOCore

/// The numbers of the answer form.
enum SNMSStatus: Int {
    case success = 1
    /// Not signed in, or not any more: clients fetch another token.
    case notSignedIn = -1
    /// The message says why.
    case refused = -2
    case noPermission = -3
    case failed = -4
}

/// A refusal as the client is told it.
struct SNMSFailure: Error {
    var status: SNMSStatus
    var message: String
    /// Seconds after which the same may succeed.
    var retryAfter: Int?
    /// Of the response; not 200 only where the client did not get as far as a call.
    var http = HTTPResponse.Status.ok

    init(_ status: SNMSStatus, _ message: String, retryAfter: Int? = nil, http: HTTPResponse.Status = .ok) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
        self.http = http
    }

    static func refused(_ message: String) -> SNMSFailure { SNMSFailure(.refused, message) }
    static let busy = SNMSFailure(.failed, Messages.busy)
}

/// `{"message": …, "status": …, "data": …}`.
enum Envelope {
    static func success(_ data: JSONValue) -> Response {
        response(.success, Messages.success, data, headers: HTTPFields(), http: .ok)
    }

    static func failure(_ failure: SNMSFailure) -> Response {
        var headers = HTTPFields()
        if let seconds = failure.retryAfter { headers[.retryAfter] = String(seconds) }
        return response(failure.status, failure.message, .null, headers: headers, http: failure.http)
    }

    private static func response(
        _ status: SNMSStatus, _ message: String, _ data: JSONValue, headers: HTTPFields, http: HTTPResponse.Status
    ) -> Response {
        let body = JSONValue.object([
            ("message", .string(message)), ("status", .integer(status.rawValue)), ("data", data),
        ])
        var headers = headers
        headers[.contentType] = "application/json;charset=UTF-8"
        headers[.cacheControl] = "no-store"
        return Response(status: http, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }
}

/// One page of a list, counted from 1.
enum Page {
    static let sizeMax = 1_000

    static func value(_ rows: [JSONValue], number: Int, size: Int) -> JSONValue {
        let first = min((number - 1) * size, rows.count)
        let content = Array(rows[first..<min(first + size, rows.count)])
        let pageCount = (rows.count + size - 1) / size
        return .object([
            ("first", .boolean(number == 1)), ("last", .boolean(number >= pageCount)),
            ("totalPages", .integer(pageCount)), ("totalElements", .integer(rows.count)),
            ("number", .integer(number)), ("size", .integer(size)), ("sort", .null),
            ("numberOfElements", .integer(content.count)), ("content", .array(content)),
        ])
    }
}
