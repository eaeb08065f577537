import BanyanIndex
import BanyanRegistry
import HTTPTypes

/// The document of the API, the node itself, and who asks.
struct NodeRoutes: Sendable {
    let services: APIServices

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/v1/openapi.json", name: "readDocument", summary: "This document", access: .open,
                answers: [.ok(.any, "OpenAPI 3.1.")], handler: .document),
            APIRoute(
                method: .get, path: "/v1/node", name: "readNode", summary: "The node: version, journal, figures",
                answers: [.ok(Self.node, "The node.")], handler: .blocking { try node($0) }),
            APIRoute(
                method: .get, path: "/v1/me", name: "readMe", summary: "Who asks, and what that allows",
                answers: [.ok(Self.me, "Whose the credentials are.")], handler: .blocking { try me($0) }),
        ]
    }

    private static let node = JSONSchema.object([
        .required("version", .text()), .required("isReadOnly", .boolean), .required("isMirror", .boolean),
        .required("journal", .integer().described("The sequence of the newest change.")),
        .required("prefixes", .integer()), .required("handles", .integer()),
    ])

    static let me = JSONSchema.object([
        .required("name", .text()), .required("role", .choice(Role.allCases.map(\.rawValue))),
        .required("prefixes", .array(.text(), 0...100_000).described("Of an operator or auditor none stands for all.")),
        .required(
            "operations",
            .array(.choice(AccessOperation.allCases.map(\.rawValue)), 0...16).described("All that the role allows.")),
    ])

    private func node(_ request: APIRequest) throws -> APIAnswer {
        let isReadOnly = services.registrar.isReadOnly
        return try services.read { (snapshot) throws(IndexError) in
            let prefixes = try snapshot.prefixes()
            return APIAnswer(
                .object([
                    ("version", .string(services.version)), ("isReadOnly", .boolean(isReadOnly)),
                    ("isMirror", .boolean(try snapshot.isMirror())),
                    ("journal", .integer(try snapshot.journalHead().sequence)),
                    ("prefixes", .integer(prefixes.count)),
                    ("handles", .integer(prefixes.reduce(0) { $0 &+ $1.row.handleCount })),
                ]))
        }
    }

    private func me(_ request: APIRequest) throws -> APIAnswer {
        guard let principal = request.principal else { throw ProblemResponse.notSignedIn }
        return APIAnswer(Self.user(principal))
    }

    /// Who it is, and what he may do.
    static func user(_ principal: Principal) -> JSONValue {
        let operations = AccessOperation.allCases.filter { operation in
            principal.may(operation, under: principal.prefixes.first)
        }
        return .object([
            ("name", .string(principal.name)), ("role", .string(principal.role.rawValue)),
            ("prefixes", .array(principal.prefixes.map(JSONValue.string))),
            ("operations", .array(operations.map { .string($0.rawValue) })),
        ])
    }
}
