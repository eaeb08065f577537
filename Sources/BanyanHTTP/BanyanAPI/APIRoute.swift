import HTTPTypes

/// One operation of the Banyan API: what the OpenAPI document says of it, and what does it. The table of all of them is
/// `BanyanAPIDoor.routes`; parameters and bodies that do not fit what stands here are refused before the handler sees
/// them.
struct APIRoute: Sendable {
    /// Who gets in; what he may do there is the handler's to ask.
    enum Access: Sendable {
        /// Everyone; who shows credentials is known all the same.
        case open
        case signedIn
    }

    /// What the request carries behind its head.
    enum Body: Sendable {
        case none
        /// A JSON document.
        case json(JSONSchema)
        /// A record of a handle, which `RecordParser` reads.
        case record(String)
    }

    /// What does it.
    enum Handler: Sendable {
        /// On a thread that may block.
        case blocking(@Sendable (APIRequest) throws -> APIAnswer)
        /// In a task; what blocks goes through `HTTPCall.work`.
        case waiting(@Sendable (APIRequest) async throws -> APIAnswer)
        /// Answers with the document that is made of all routes.
        case document
    }

    let method: HTTPRequest.Method
    /// As in the document: `/v1/handles/{handle}`.
    let path: String
    /// The operation's id.
    let name: String
    let summary: String
    var access = Access.signedIn
    var parameters: [APIParameter] = []
    var body = Body.none
    let answers: [APIAnswerForm]
    let handler: Handler

    /// The path's parts; one in braces stands for any part.
    var segments: [Substring] { path.split(separator: "/") }

    /// The group that it belongs to in the document: what stands behind the version.
    var group: String { segments.count > 1 ? String(segments[1].prefix { $0 != "." }) : "node" }

    /// Longest body of a JSON document, in bytes.
    static let bodyByteCountMax = 4 << 20
}

/// A parameter of an operation.
struct APIParameter: Sendable {
    enum Place: String, Sendable { case path, query, header }

    let name: String
    let place: Place
    let schema: JSONSchema
    let text: String
    var isRequired = false

    static func query(_ name: String, _ schema: JSONSchema, _ text: String, isRequired: Bool = false) -> APIParameter {
        APIParameter(name: name, place: .query, schema: schema, text: text, isRequired: isRequired)
    }

    static func path(_ name: String, _ schema: JSONSchema, _ text: String) -> APIParameter {
        APIParameter(name: name, place: .path, schema: schema, text: text, isRequired: true)
    }

    static let handle = path(
        "handle", JSONSchema(.string(1...2_048)), "A handle, percent-encoded: 88.118.8%2FSN-1.")
    static let cursor = query(
        "cursor", JSONSchema(.string(1...1_024)), "Where the list goes on: the `next` of the page before.")
    static let limit = query("limit", .integer(1...1_000), "Most of them on one page; 100 where it is left out.")
    static let ifMatch = APIParameter(
        name: "If-Match", place: .header, schema: JSONSchema(.string(1...128)),
        text: "The `ETag` of what is to be changed, or `*`: else 412. Without it 428.")
    static let ifNoneMatch = APIParameter(
        name: "If-None-Match", place: .header, schema: JSONSchema(.string(1...128)),
        text: "Reading: the `ETag` that is known; 304 where it is the same. Writing: `*`, to create only.")
}

/// An answer that is no problem, as the document has it.
struct APIAnswerForm: Sendable {
    let status: HTTPResponse.Status
    let text: String
    var type: String? = "application/json"
    var schema: JSONSchema?
    var hasETag = false

    static func ok(_ schema: JSONSchema, _ text: String, hasETag: Bool = false) -> APIAnswerForm {
        APIAnswerForm(status: .ok, text: text, schema: schema, hasETag: hasETag)
    }

    static func created(_ schema: JSONSchema, _ text: String, hasETag: Bool = false) -> APIAnswerForm {
        APIAnswerForm(status: .created, text: text, schema: schema, hasETag: hasETag)
    }

    static let done = APIAnswerForm(status: .noContent, text: "Done.", type: nil)
    static let unchanged = APIAnswerForm(status: .notModified, text: "It is as the client knows it.", type: nil)
}

/// What a handler answers.
struct APIAnswer: Sendable {
    var status: HTTPResponse.Status
    var body: [UInt8]?
    var headers = HTTPFields()

    /// A JSON document with what names its state.
    init(_ body: JSONValue, status: HTTPResponse.Status = .ok, version: UInt64? = nil) {
        self.init(bytes: body.bytes, status: status, version: version)
    }

    init(bytes: [UInt8], status: HTTPResponse.Status = .ok, version: UInt64? = nil) {
        self.status = status
        body = bytes
        headers[.contentType] = "application/json"
        if let version { headers[.eTag] = "\"\(version)\"" }
    }

    private init(status: HTTPResponse.Status) { self.status = status }

    static let done = APIAnswer(status: .noContent)

    static func unchanged(version: UInt64) -> APIAnswer {
        var answer = APIAnswer(status: .notModified)
        answer.headers[.eTag] = "\"\(version)\""
        return answer
    }
}
