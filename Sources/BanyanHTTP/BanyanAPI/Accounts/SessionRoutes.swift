import BanyanRegistry
import HTTPTypes
import OpenSSL

/// Signing in by name and password for a while: for people, and programs that cannot keep a token.
struct SessionRoutes: Sendable {
    let services: APIServices
    let authentication: APIAuthentication

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/v1/sessions", name: "createSession", summary: "Sign in with name and password",
                access: .open,
                body: .json(
                    .object([
                        .required("name", .text(1...Account.nameLengthMax)),
                        .required("password", .text(1...PasswordDigest.lengthMax)),
                    ])),
                answers: [.created(Self.session, "The token to send as `Authorization: Bearer` from now on.")],
                handler: .waiting { try await create($0) }),
            APIRoute(
                method: .delete, path: "/v1/sessions", name: "deleteSessions", summary: "Sign out everywhere",
                answers: [.done], handler: .blocking { try delete($0) }),
        ]
    }

    private static let session = JSONSchema.object([
        .required("token", .text()), .required("expiresIn", .integer().described("Seconds.")),
        .required("user", NodeRoutes.me),
    ])

    private func create(_ request: APIRequest) async throws -> APIAnswer {
        guard request.call.takesCredentials else {
            throw ProblemResponse(
                .forbidden, "connection-in-clear", "A password does not count over a connection in clear",
                detail: "Use HTTPS.")
        }
        let (name, password) = (request.json["name"].string ?? "", request.json["password"].string ?? "")
        let account = try await authentication.signIn(name, SecretBytes(Array(password.utf8)), request.call)
        let token = try services.signedIn.admit(account.name)
        return APIAnswer(
            .object([
                ("token", .string(token)), ("expiresIn", .integer(Int(SignedIn.life / .seconds(1)))),
                ("user", NodeRoutes.user(account.principal)),
            ]), status: .created)
    }

    private func delete(_ request: APIRequest) throws -> APIAnswer {
        if let principal = request.principal { services.signedIn.dismiss(principal.name) }
        return .done
    }
}
