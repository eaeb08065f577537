import BanyanTestSupport

/// What a vector's answer is to be: the recorded one, or what stands in its place where we know better.
enum Expectation: Equatable {
    case recorded
    /// No answer to a datagram.
    case silence
    /// The stream ends without a byte.
    case closeSilently
    /// Code 4 with opcode and request id of the request, in the negotiated version, with a text of our own.
    case protocolError
    /// The same, and the stream ends after it.
    case protocolErrorAndClose
    /// Code 5 in the same form.
    case notSupported
    /// The recorded code and text, but with version, opcode and request id of the request.
    case recordedTextUnderOwnID
    /// Not responsible (301), with the usual text.
    case notResponsible
    /// The answer to another vector of the same file, under this request's own id.
    case answeredLike(String)

    /// Names without their `-udp` or `-tcp`; what is not here is as recorded.
    private static let byName: [String: (udp: Expectation, tcp: Expectation)] = [
        "empty": (.silence, .closeSilently),
        "short-envelope": (.silence, .closeSilently),
        "opcode-0": (.silence, .protocolErrorAndClose),
        "response-as-request": (.silence, .protocolErrorAndClose),
        "error-response-as-request": (.silence, .protocolErrorAndClose),
        "random-bytes": (.silence, .protocolErrorAndClose),
        "http-get-on-handle-port": (.silence, .protocolErrorAndClose),
        "length-negative": (.protocolError, .protocolErrorAndClose),
        "length-too-big": (.protocolError, .protocolErrorAndClose),
        "length-23": (.protocolError, .protocolErrorAndClose),
        "envelope-only-length-0": (.protocolError, .protocolErrorAndClose),
        "length-more-than-sent": (.protocolError, .protocolErrorAndClose),
        "half-close-mid-message": (.silence, .protocolErrorAndClose),
        "length-less-than-sent": (.protocolError, .protocolErrorAndClose),
        "handle-length-negative": (.protocolError, .protocolError),
        "handle-length-huge": (.protocolError, .protocolError),
        "handle-length-past-end": (.protocolError, .protocolError),
        "index-count-huge": (.protocolError, .protocolError),
        "type-count-negative": (.protocolError, .protocolError),
        "body-short": (.protocolError, .protocolError),
        "body-length-negative": (.protocolError, .protocolError),
        "body-length-too-long": (.protocolError, .protocolError),
        "body-length-zero": (.protocolError, .protocolError),
        "credential-negative": (.protocolError, .protocolError),
        "credential-too-long": (.protocolError, .protocolError),
        "create-value-count-huge": (.protocolError, .protocolError),
        "create-value-truncated": (.protocolError, .protocolError),
        "opcode-999": (.notSupported, .notSupported),
        "opcode-2000": (.notSupported, .notSupported),
        "admin-over": (.recordedTextUnderOwnID, .recorded),
        "create-udp/1": (.recordedTextUnderOwnID, .recorded),
        "list-udp/1": (.recordedTextUnderOwnID, .recorded),
        "udp-fragment-seq-beyond": (.silence, .recorded),
        "udp-fragment-seq-negative": (.silence, .recorded),
        "udp-fragment-length-mismatch": (.silence, .recorded),
        "request-missing-packet": (.silence, .recorded),
        "request-over-512": (.answeredLike("big-request"), .recorded),
        "referral-old-client-2.9": (.notResponsible, .notResponsible),
    ]

    init(of vector: Vector) {
        let name =
            vector.name.hasSuffix("-udp") || vector.name.hasSuffix("-tcp")
            ? String(vector.name.dropLast(4)) : vector.name
        let expectations = Self.byName[name] ?? (.recorded, .recorded)
        self = vector.transport == "udp" ? expectations.udp : expectations.tcp
    }
}
