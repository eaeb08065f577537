import BanyanAdmin
import HTTPTypes
import HandleProtocol

/// An answer of the Handle REST API: response code, status, and the members of its JSON object.
struct HandleAnswer: Error {
    var code: ResponseCode
    var status: HTTPResponse.Status
    var headers = HTTPFields()
    var writer: JSONWriter

    /// A whole object: `body` writes what stands between code and handle.
    /// - Parameter handle: spelled as it was asked for; left out where it is no UTF-8.
    init(
        _ code: ResponseCode, status: HTTPResponse.Status? = nil, handle: [UInt8]? = nil,
        _ body: (inout JSONWriter) -> Void = { _ in }
    ) {
        self.code = code
        self.status = status ?? .of(code)
        writer = JSONWriter()
        writer.beginObject()
        writer.name("responseCode")
        writer.write(code.rawValue)
        body(&writer)
        if let handle, UTF8Text.isValid(handle.rawSpan) {
            writer.name("handle")
            writer.write(utf8: handle.rawSpan)
        }
        writer.endObject()
    }

    /// A refusal with a text.
    init(_ code: ResponseCode, _ message: String?, handle: [UInt8]? = nil) {
        self.init(code, handle: handle) { writer in
            guard let message else { return }
            writer.name("message")
            writer.write(message)
        }
        if code == .serverTooBusy { headers[.retryAfter] = "1" }
    }

    /// What an operation was refused with.
    init(_ outcome: AdminOutcome, handle: [UInt8]?) {
        guard case .referral(let referral) = outcome.body else {
            self.init(outcome.code, outcome.message, handle: handle)
            return
        }
        self.init(outcome.code, handle: handle) { writer in
            if !referral.handle.isEmpty, UTF8Text.isValid(referral.handle.rawSpan) {
                writer.name("referralHandle")
                writer.write(utf8: referral.handle.rawSpan)
            }
            if let values = referral.values {
                writer.name("values")
                writer.writeValues(values)
            }
        }
    }

    /// The same over a connection where credentials do not count: nobody can log in there, so it is forbidden.
    var withoutCredentials: HandleAnswer {
        var answer = self
        if status == .unauthorized { answer.status = .forbidden }
        return answer
    }
}

extension HTTPResponse.Status {
    /// The status of a response code (the reference's table); `valuesNotFound` is a success of resolutions alone.
    static func of(_ code: ResponseCode) -> HTTPResponse.Status {
        switch code {
        case .success: .ok
        case .serviceReferral, .prefixReferral: .multipleChoices
        case .handleNotFound: .notFound
        case .handleAlreadyExists, .valueAlreadyExists: .conflict
        case .protocolError, .invalidHandle, .invalidValue, .serverNotResponsible, .valuesNotFound: .badRequest
        case .operationNotSupported: .notImplemented
        case .serverTooBusy, .serverReadOnly: .serviceUnavailable
        case .authenticationNeeded: .unauthorized
        case .notAdministrator, .insufficientPermissions, .authenticationFailed, .invalidCredential: .forbidden
        default: .internalServerError
        }
    }
}

extension JSONWriter {
    /// An array of values. One whose type is no UTF-8, which JSON cannot hold, is passed over.
    mutating func writeValues(_ values: [HandleValue]) {
        var list = ByteWriter()
        for value in values where UTF8Text.isValid(value.type.rawSpan) {
            let areReferencesText = value.references.allSatisfy { UTF8Text.isValid($0.handle.rawSpan) }
            if areReferencesText { value.write(to: &list) }
        }
        let start = mark
        let bytes = list.bytes
        do throws(WireError) { try write(values: bytes.rawSpan) } catch {
            rewind(to: start)
            beginArray()
            endArray()
        }
    }
}
