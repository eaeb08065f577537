import BanyanHTTP
import BanyanRegistry
import OpenSSL

/// Login in two forms, and accounts that an operator makes.
struct IdentityRoutes: Sendable {
    let services: SNMSServices

    var routes: [SNMSRoute] {
        [
            SNMSRoute("POST", "/identity/token", .login, bodyByteCountMax: 16 << 10) { try logIn($0, byDigest: false) },
            SNMSRoute("POST", "/identity/token/v1", .login, bodyByteCountMax: 16 << 10) {
                try logIn($0, byDigest: true)
            },
            SNMSRoute("POST", "/identity/registry") { try register($0) },
        ]
    }

    private func logIn(_ request: SNMSRequest, byDigest: Bool) throws(SNMSFailure) -> JSONValue {
        let body = try request.json()
        guard let name = body["username"].looseText, !name.isEmpty else {
            throw .refused(Messages.missing("username"))
        }
        guard let password = body["password"].looseText, !password.isEmpty else {
            throw .refused(Messages.missing("password"))
        }
        guard name.count <= Account.nameLengthMax, password.count <= PasswordDigest.lengthMax else {
            throw .refused(Messages.wrongCredentials)
        }
        let bytes = Array(password.utf8)
        let proof = byDigest ? SignIn.Proof.answer(bytes) : SignIn.Proof.password(SecretBytes(bytes))
        do throws(AccountError) {
            let account = try services.signIn.signIn(name, proof, from: request.address)
            return .object([("token", .string(try services.signedIn.admit(account.name)))])
        } catch {
            throw SNMSFailure(error)
        }
    }

    /// The sample in the clients' manual spells the name `userName`.
    private func register(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        try request.require(.account, under: nil)
        let body = try request.json()
        let name = try body["username"].isNull ? body.text("userName", max: 50) : body.text("username", max: 50)
        guard let digest = PasswordDigest.digest(try body.text("password", max: 255)) else {
            throw .refused(Messages.invalid("password"))
        }
        let contact = try AccountContact(
            email: body.text("email", max: 255), mobile: body.text("mobile", max: 255),
            openID: body.optionalText("openId", max: 64), openUserName: body.optionalText("openUserName", max: 255),
            remarks: body.optionalText("remarks", max: 1_024))
        let account = Account(name: name, role: .enterprise, created: ChangeOrigin.now)
        do throws(AccountError) {
            try services.accounts.add(account, digest: digest, contact: contact, by: request.origin)
        } catch {
            throw SNMSFailure(error)
        }
        return .boolean(true)
    }
}
