import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleCrypto
import HandleProtocol
import OpenSSL

/// Login of an application, `PREFIX/App_…`, by the key in its record: it signs a number that it was given.
struct HubLogin: Sendable {
    private static let keyType = Array("HS_PUBKEY".utf8)

    let services: SNMSServices
    private let challenges = HubChallenges()
    private let attempts = LoginAttempts()
    private let signedIn = SignedIn()

    init(services: SNMSServices) { self.services = services }

    func challenge(_ request: SNMSRequest) throws(HubFailure) -> JSONValue {
        let handle = try Self.application(request.parameter("handle"))
        do throws(OpenSSLError) { return .string(try challenges.make(for: handle)) } catch {
            throw HubFailure(.failed, Messages.internalError)
        }
    }

    /// An application that does not exist is told what a wrong signature is told.
    func verify(_ request: SNMSRequest) throws -> JSONValue {
        let body = try request.json()
        let handle = try Self.application(body["handle"].string)
        // A signature cannot be guessed: who fails is an address, not a name that others could lock.
        if let seconds = attempts.secondsLocked(name: request.address, address: request.address) {
            throw HubFailure(
                .authenticationFailed, Messages.lockedOut(seconds: seconds), retryAfter: seconds,
                http: .tooManyRequests)
        }
        var signature = ByteWriter()
        let text = Array((body["signature"].string ?? "").utf8)
        let isDecoded = !text.isEmpty && Base64.decode(text.rawSpan, into: &signature)
        let keys = isDecoded ? try keys(of: handle).filter { $0.algorithm == .rsa } : []
        let bytes = signature.bytes
        let isProven = challenges.take(for: handle) { nonce in
            keys.contains { $0.isValid(bytes, of: Array(nonce.utf8), .digest(.sha256)) }
        }
        guard isProven else {
            _ = attempts.fail(name: request.address, address: request.address)
            throw HubFailure(.authenticationFailed, "身份验证失败")
        }
        attempts.succeed(name: request.address)
        return .object([("token", .string(try signedIn.admit(handle)))])
    }

    /// Who has that token: an application that is still there, for its own prefix.
    func principal(_ authorization: String?) throws(HubFailure) -> Principal? {
        guard let authorization else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            let handle = signedIn.name(ofToken: String(parts[1])), try !keys(of: handle).isEmpty
        else { throw HubFailure(.notAuthenticated, Messages.signInAgain) }
        return Principal(
            name: handle, role: .enterprise, prefixes: [Principal.prefix(of: Array(handle.utf8))],
            operations: [.read, .list, .create, .update, .delete])
    }

    /// The keys in an application's record, where this node answers for it.
    private func keys(of handle: String) throws(HubFailure) -> [PublicKey] {
        do throws(SNMSFailure) {
            let values = try services.read { (snapshot) throws(IndexError) -> [HandleValue] in
                let prefix = Array(Principal.prefix(of: Array(handle.utf8)).utf8)
                guard snapshot.prefix(prefix.rawSpan)?.state == .active else { return [] }
                return try snapshot.answeredValues(of: Array(handle.utf8))
            }
            return values.filter { $0.type == Self.keyType }.compactMap { try? PublicKey.parse(value: $0.data) }
        } catch {
            throw HubFailure(error)
        }
    }

    /// Only applications sign in.
    private static func application(_ handle: String?) throws(HubFailure) -> String {
        guard let handle else { throw HubFailure(.badParameter, Messages.missing("handle")) }
        let parts = handle.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("App_"), handle.utf8.count <= 255 else {
            throw HubFailure(.badParameter, Messages.invalid("handle"))
        }
        return String(decoding: HandleCase.folded(Array(handle.utf8), rule: .sensitiveLocalName), as: UTF8.self)
    }
}
