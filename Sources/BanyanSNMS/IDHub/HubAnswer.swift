import BanyanHTTP
import HTTPTypes
import Hummingbird
import NIOCore

/// The codes of an enterprise node's answers, as far as they are told here.
enum HubCode: Int {
    case success = 1
    case invalidRequest = 101
    case notAuthenticated = 102
    case notAuthorised = 103
    case notFound = 104
    case exists = 105
    case badParameter = 106
    case authenticationFailed = 401
    case unknownOperation = 404
    case notSupported = 405
    case failed = 500
    case wrongItem = 601
    case disabledItem = 602
    case foreignItem = 603
    case metadataNotFound = 604
    case notOfThisEnterprise = 701
    case notUsable = 702
    case badIdentifier = 40_508
}

/// A refusal as the client is told it.
struct HubFailure: Error {
    var code: HubCode
    var message: String
    var retryAfter: Int?
    /// Of the response; not 200 only where the client did not get as far as a call.
    var http = HTTPResponse.Status.ok

    init(_ code: HubCode, _ message: String, retryAfter: Int? = nil, http: HTTPResponse.Status = .ok) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.http = http
    }

    /// A refusal of the parts that both APIs share.
    init(_ failure: SNMSFailure) {
        let code: HubCode =
            switch failure.status {
            case .success, .failed: .failed
            case .notSignedIn: .notAuthenticated
            case .refused: .badParameter
            case .noPermission: .notOfThisEnterprise
            }
        self.init(code, failure.message, retryAfter: failure.retryAfter, http: failure.http)
    }
}

/// `{"code": …, "message": …, "data": …}`.
enum HubAnswer {
    static func success(_ data: JSONValue) -> Response { response(.success, Messages.success, data, nil, .ok) }

    static func failure(_ failure: HubFailure) -> Response {
        response(failure.code, failure.message, .null, failure.retryAfter, failure.http)
    }

    private static func response(
        _ code: HubCode, _ message: String, _ data: JSONValue, _ retryAfter: Int?, _ http: HTTPResponse.Status
    ) -> Response {
        let body = JSONValue.object([("code", .integer(code.rawValue)), ("message", .string(message)), ("data", data)])
        var headers: HTTPFields = [.contentType: "application/json;charset=UTF-8", .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        return Response(status: http, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes)))
    }
}
