import BanyanIndex
public import BanyanRegistry
public import HandleProtocol
import OpenSSL

/// What an operator does with accounts and tokens, with the files alone or through the node that serves them.
public struct AccountAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    public func users() throws(NodeError) -> [Account] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(Account.self).map(\.value) }
    }

    /// - Parameter password: as it was typed, without the line's end.
    public func addUser(
        _ name: String, role: Role, prefixes: [Prefix], password: [UInt8]
    ) throws(NodeError) {
        let digest = try Self.digest(of: password)
        let account = Account(
            name: name, role: role, prefixes: prefixes.map(\.description), created: ChangeOrigin.now)
        try change(name) { (register) throws(AccountError) in
            try register.add(account, digest: digest, by: ChangeOrigin(source: "user add"))
        }
    }

    public func setPassword(of name: String, to password: [UInt8]) throws(NodeError) {
        let digest = try Self.digest(of: password)
        try change(name) { (register) throws(AccountError) in
            try register.setPassword(of: name, digest: digest, by: ChangeOrigin(source: "user password"))
        }
    }

    /// Disabling keeps somebody from signing in, and ends what he has signed in to; enabling also ends a lock.
    public func setUser(_ name: String, disabled: Bool) throws(NodeError) {
        let origin = ChangeOrigin(source: disabled ? "user disable" : "user enable")
        try change(name) { (register) throws(AccountError) in
            try register.change(name, by: origin) {
                $0.isDisabled = disabled
                if !disabled { $0.lockedUntil = nil }
            }
        }
    }

    public func removeUser(_ name: String) throws(NodeError) {
        try change(name) { (register) throws(AccountError) in
            try register.remove(name, by: ChangeOrigin(source: "user remove"))
        }
    }

    public func tokens() throws(NodeError) -> [AccessToken] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(AccessToken.self).map(\.value) }
    }

    /// The token's text, which nobody can show again.
    public func makeToken(
        role: Role, prefixes: [Prefix], operations: [AccessOperation], expires: UInt64?, networks: [String]
    ) throws(NodeError) -> String {
        try change("token") { (register) throws(AccountError) in
            try register.makeToken(
                role: role, prefixes: prefixes.map(\.description), operations: operations, expires: expires,
                networks: networks, by: ChangeOrigin(source: "token create")
            ).text
        }
    }

    public func revokeToken(_ identifier: String) throws(NodeError) {
        try change(identifier) { (register) throws(AccountError) in
            try register.revokeToken(identifier, by: ChangeOrigin(source: "token revoke"))
        }
    }

    private static func digest(of password: [UInt8]) throws(NodeError) -> SecretBytes {
        guard PasswordDigest.isStrong(password) else { throw .account("password", .weakPassword) }
        return PasswordDigest.digest(of: SecretBytes(password))
    }

    /// The index is opened before the changes go: a process opens one once, so the registrar's own where there is one.
    private func change<Result>(
        _ subject: String, _ body: (AccountRegister) throws(AccountError) -> Result
    ) throws(NodeError) -> Result {
        let key = try directory.dataKey()
        let sink = try ChangeSinks.open(directory: directory)
        let index = if let registrar = sink as? Registrar { registrar.index } else { try directory.openIndex() }
        let register = AccountRegister(index: index, sink: sink, dataKey: key)
        do throws(AccountError) { return try body(register) } catch { throw .account(subject, error) }
    }

    private func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(NodeError) -> Result {
        let index = try directory.openIndex()
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .index(error) }
    }
}
