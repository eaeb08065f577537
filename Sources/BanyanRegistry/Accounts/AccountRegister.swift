public import BanyanIndex
import Foundation
import HandleProtocol
public import OpenSSL

/// Accounts and tokens of a node: made, changed and removed through the one way to write, read from snapshots.
public struct AccountRegister: Sendable {
    private let index: HandleIndex
    private let sink: any ChangeSink
    private let dataKey: DataKey

    public init(index: HandleIndex, sink: any ChangeSink, dataKey: DataKey) {
        self.index = index
        self.sink = sink
        self.dataKey = dataKey
    }

    // MARK: Accounts

    public func accounts() throws(AccountError) -> [Account] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(Account.self).map(\.value) }
    }

    public func account(_ name: String) throws(AccountError) -> Account? { try stored(name)?.value }

    /// Adds an account.
    ///
    /// - Parameters:
    ///   - digest: of its password, see `PasswordDigest`; kept sealed beside the hash for enterprises only.
    ///   - origin: who does it, for the journal.
    public func add(
        _ account: Account, digest: SecretBytes, contact: AccountContact? = nil, by origin: ChangeOrigin
    ) throws(AccountError) {
        try apply(try additions(account, digest: digest, contact: contact), by: origin) { ordinal in
            // In the order in which `additions` names them.
            ordinal < 2 ? .nameTaken : ordinal < 4 ? .emailTaken : .mobileTaken
        }
    }

    /// The changes that add an account, for a set that does more: two of the account, two of the address for mail, two
    /// of the telephone number.
    func additions(
        _ account: Account, digest: SecretBytes, contact: AccountContact?
    ) throws(AccountError) -> [Change] {
        guard Account.isName(account.name) else { throw .invalidName }
        do throws(OpenSSLError) {
            var secrets = AccountSecrets(password: try StoredPassword(digest))
            if account.role == .enterprise {
                secrets.digest = try dataKey.seal(digest.exposed, for: "digest " + account.name)
            }
            var claims: [Change] = []
            if let contact {
                let json = (try? JSONEncoder().encode(contact)).map { Array($0) } ?? []
                secrets.contact = try dataKey.seal(json, for: "contact " + account.name)
                for text in ["mail " + contact.email.lowercased(), "mobile " + contact.mobile] {
                    claims += dataKey.claim(text).taking(for: account.name)
                }
            }
            return account.creation(secret: secrets.bytes) + claims
        } catch {
            throw .library(error)
        }
    }

    /// Disabled or enabled, other prefixes: everything but name and password.
    public func change(
        _ name: String, by origin: ChangeOrigin, _ body: (inout Account) -> Void
    ) throws(AccountError) {
        guard let stored = try stored(name) else { throw .noSuchName }
        var account = stored.value
        body(&account)
        guard account != stored.value else { return }
        try apply(account.update(of: stored.sequence, secret: stored.secret), by: origin) { _ in .changed }
    }

    /// Another password, which also ends a lock.
    public func setPassword(
        of name: String, digest: SecretBytes, by origin: ChangeOrigin
    ) throws(AccountError) {
        guard let stored = try stored(name) else { throw .noSuchName }
        var account = stored.value
        account.lockedUntil = nil
        var secrets: AccountSecrets
        do throws(OpenSSLError) {
            secrets = AccountSecrets(password: try StoredPassword(digest))
            if account.role == .enterprise {
                secrets.digest = try dataKey.seal(digest.exposed, for: "digest " + name)
            }
        } catch {
            throw .library(error)
        }
        secrets.contact = AccountSecrets(parsing: stored.secret)?.contact
        try apply(account.update(of: stored.sequence, secret: secrets.bytes), by: origin) { _ in .changed }
    }

    /// Removes an account and gives back what only it might have.
    public func remove(_ name: String, by origin: ChangeOrigin) throws(AccountError) {
        guard let stored = try stored(name) else { throw .noSuchName }
        let claims = try read { (snapshot) throws(IndexError) in
            try snapshot.allStored(Claim.self).filter { $0.value.owner == name }
        }
        let changes = stored.value.removal(of: stored.sequence) + claims.flatMap { $0.value.removal(of: $0.sequence) }
        try apply(changes, by: origin) { _ in .changed }
    }

    /// How to reach the person; personal data.
    public func contact(of name: String) throws(AccountError) -> AccountContact? {
        guard let stored = try stored(name), let box = AccountSecrets(parsing: stored.secret)?.contact else {
            return nil
        }
        do throws(OpenSSLError) {
            let json = try dataKey.open(box, for: "contact " + name).exposed
            return try? JSONDecoder().decode(AccountContact.self, from: Data(json))
        } catch {
            throw .library(error)
        }
    }

    func stored(_ name: String) throws(AccountError) -> Stored<Account>? {
        guard Account.isName(name) else { return nil }
        return try read { (snapshot) throws(IndexError) in try snapshot.stored(Account.self, name) }
    }

    /// What a client of digest logins hashes with the day; nil where the account has no such login.
    func digest(of stored: Stored<Account>, _ secrets: AccountSecrets) -> SecretBytes? {
        guard stored.value.role == .enterprise, let box = secrets.digest else { return nil }
        return try? dataKey.open(box, for: "digest " + stored.value.name)
    }

    // MARK: Tokens

    public func tokens() throws(AccountError) -> [AccessToken] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(AccessToken.self).map(\.value) }
    }

    /// Makes a token; its text, which is not kept.
    public func makeToken(
        role: Role, prefixes: [String], operations: [AccessOperation] = [], expires: UInt64? = nil,
        networks: [String] = [], by origin: ChangeOrigin
    ) throws(AccountError) -> (token: AccessToken, text: String) {
        let made: (token: AccessToken, text: String)
        do throws(OpenSSLError) {
            made = try AccessToken.make(
                role: role, prefixes: prefixes, operations: operations, expires: expires, networks: networks,
                created: ChangeOrigin.now)
        } catch {
            throw .library(error)
        }
        let changes = made.token.creation(secret: AccessToken.digest(of: made.text))
        try apply(changes, by: origin) { _ in .changed }
        return made
    }

    /// Ends a token, named by its public part, with or without the mark in front.
    public func revokeToken(_ identifier: String, by origin: ChangeOrigin) throws(AccountError) {
        let name = identifier.hasPrefix(AccessToken.mark) ? String(identifier.dropFirst(4)) : identifier
        let stored = try read { (snapshot) throws(IndexError) in try snapshot.stored(AccessToken.self, name) }
        guard let stored else { throw .noSuchName }
        try apply(stored.value.removal(of: stored.sequence), by: origin) { _ in .changed }
    }

    // MARK: Through the store

    private func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(AccountError) -> Result {
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .index(error) }
    }

    /// Commits the changes together, or none of them.
    private func apply(
        _ changes: [Change], by origin: ChangeOrigin, conflict: (_ ordinal: Int) -> AccountError
    ) throws(AccountError) {
        let result: ChangeSetResult
        do throws(SubmissionError) { result = try sink.submit(origin.set(of: changes)) } catch {
            throw .submission(error)
        }
        guard let rejection = result.rejections.first else { return }
        guard rejection.error == .recordChanged else { throw .refused(rejection.error) }
        throw conflict(origin.ordinal(rejection, in: changes))
    }
}
