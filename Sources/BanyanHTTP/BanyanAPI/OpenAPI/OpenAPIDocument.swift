import HTTPTypes

/// The OpenAPI 3.1 document: made of the table of routes, so that it says what is so.
enum OpenAPIDocument {
    /// In lines, as it stands in the repository.
    static func text(of routes: [APIRoute], version: String) -> [UInt8] {
        JSONIndentation.indent(json(of: routes, version: version).bytes) + [UInt8(ascii: "\n")]
    }

    static func json(of routes: [APIRoute], version: String) -> JSONValue {
        var paths: [(name: String, value: JSONValue)] = []
        for path in routes.map(\.path) where !paths.contains(where: { $0.name == path }) {
            let operations = routes.filter { $0.path == path }
            paths.append(
                (path, .object(operations.map { ($0.method.rawValue.lowercased(), operation($0)) })))
        }
        let schemas = APISchemas.all.sorted { $0.key < $1.key }
        return .object([
            ("openapi", "3.1.0"),
            (
                "info",
                .object([
                    ("title", "Banyan"), ("version", .string(version)),
                    ("summary", "A secondary node of the industrial internet's identifier system."),
                    ("license", .object([("name", "Apache-2.0"), ("identifier", "Apache-2.0")])),
                ])
            ),
            ("servers", .array([.object([("url", "/")])])),
            ("security", .array(security)), ("paths", .object(paths)),
            (
                "components",
                .object([
                    ("schemas", .object(schemas.map { ($0.key, $0.value.json) })),
                    ("responses", .object([("Problem", problem)])), ("securitySchemes", schemes),
                ])
            ),
        ])
    }

    private static let security: [JSONValue] = ["token", "password"].map { name in
        .object([(name, .array([]))])
    }

    private static let schemes = JSONValue.object([
        (
            "token",
            .object([
                ("type", "http"), ("scheme", "bearer"),
                ("description", "A token of `banyan token create` or POST /v1/tokens, or what POST /v1/sessions gave."),
            ])
        ),
        ("password", .object([("type", "http"), ("scheme", "basic")])),
    ])

    private static let problem = JSONValue.object([
        ("description", "What is wrong, where, and what to do (RFC 9457)."),
        (
            "content",
            .object([
                (
                    "application/problem+json",
                    .object([("schema", .object([("$ref", "#/components/schemas/Problem")]))])
                )
            ])
        ),
    ])

    private static let problemReference = JSONValue.object([("$ref", "#/components/responses/Problem")])

    private static func operation(_ route: APIRoute) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("operationId", .string(route.name)), ("summary", .string(route.summary)),
            ("tags", .array([.string(route.group)])),
        ]
        if route.access == .open { members.append(("security", .array([.object([])] + security))) }
        if !route.parameters.isEmpty { members.append(("parameters", .array(route.parameters.map(parameter)))) }
        if let body = body(route.body) { members.append(("requestBody", body)) }
        members.append(("responses", responses(route)))
        return .object(members)
    }

    private static func parameter(_ parameter: APIParameter) -> JSONValue {
        .object([
            ("name", .string(parameter.name)), ("in", .string(parameter.place.rawValue)),
            ("required", .boolean(parameter.isRequired)), ("description", .string(parameter.text)),
            ("schema", parameter.schema.json),
        ])
    }

    private static func body(_ body: APIRoute.Body) -> JSONValue? {
        func content(_ types: [String], _ schema: JSONValue) -> JSONValue {
            .object([
                ("required", .boolean(true)),
                ("content", .object(types.map { ($0, .object([("schema", schema)])) })),
            ])
        }
        switch body {
        case .none: return nil
        case .json(let schema): return content(["application/json"], schema.json)
        case .record(let name):
            return content(["application/json"], JSONSchema.named(name).json)
        }
    }

    private static func responses(_ route: APIRoute) -> JSONValue {
        var members = route.answers.map { form in (String(form.status.code), response(form)) }
        if route.access == .signedIn { members.append(("401", problemReference)) }
        let takesPrecondition = route.method != .get && route.parameters.contains { $0.name == "If-Match" }
        if takesPrecondition { members += [("412", problemReference), ("428", problemReference)] }
        members.append(("default", problemReference))
        return .object(members)
    }

    private static func response(_ form: APIAnswerForm) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [("description", .string(form.text))]
        if form.hasETag {
            let tag = JSONValue.object([
                ("description", "Names this state; for If-Match and If-None-Match."),
                ("schema", .object([("type", "string")])),
            ])
            members.append(("headers", .object([("ETag", tag)])))
        }
        if let type = form.type {
            let schema = form.schema?.json ?? .object([])
            members.append(("content", .object([(type, .object([("schema", schema)]))])))
        }
        return .object(members)
    }
}
