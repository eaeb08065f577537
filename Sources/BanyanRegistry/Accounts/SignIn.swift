import Foundation
public import OpenSSL

/// Signing in with name and password, however the password is shown. Failures are counted; the fifth within fifteen
/// minutes locks the name for fifteen minutes, and is stored with the account.
///
/// Blocks for about a tenth of a second, longer where many sign in at once.
public final class SignIn: Sendable {
    /// What is shown of the password.
    public enum Proof: Sendable {
        /// As it was typed.
        case password(SecretBytes)
        /// The digest of the day, see `PasswordDigest`.
        case answer([UInt8])
    }

    private let register: AccountRegister
    private let attempts = LoginAttempts()
    private let allowsAnswers: Bool
    /// Of no account: hashed against where the name does not exist, so that both take the same time.
    private let nobody: StoredPassword

    /// - Parameter allowsAnswers: whether digests of the day are taken (`snms.digest-login`).
    public init(_ register: AccountRegister, allowsAnswers: Bool) throws(AccountError) {
        self.register = register
        self.allowsAnswers = allowsAnswers
        do throws(OpenSSLError) {
            nobody = try StoredPassword.ofNobody()
        } catch {
            throw .library(error)
        }
    }

    /// - Parameter address: where the attempt comes from.
    /// - Throws: `.wrongCredentials` or `.lockedOut`, the same for names that do not exist.
    public func signIn(
        _ name: String, _ proof: Proof, from address: String, at time: UInt64 = ChangeOrigin.now
    ) throws(AccountError) -> Account {
        if let seconds = attempts.secondsLocked(name: name, address: address) {
            throw .lockedOut(seconds: seconds)
        }
        let stored = try register.stored(name)
        if let until = stored?.value.lockedUntil, until > time {
            throw .lockedOut(seconds: Int(clamping: until - time))
        }
        guard let stored, isRight(proof, stored, at: time), !stored.value.isDisabled else {
            if stored == nil, case .password(let password) = proof {
                _ = nobody.matches(PasswordDigest.digest(of: password))
            }
            if attempts.fail(name: name, address: address) { try lock(name, from: address, at: time) }
            throw .wrongCredentials
        }
        attempts.succeed(name: name)
        return stored.value
    }

    private func isRight(_ proof: Proof, _ stored: Stored<Account>, at time: UInt64) -> Bool {
        guard let secrets = AccountSecrets(parsing: stored.secret) else { return false }
        switch proof {
        case .password(let password): return secrets.password.matches(PasswordDigest.digest(of: password))
        case .answer(let answer):
            guard allowsAnswers, let digest = register.digest(of: stored, secrets) else { return false }
            var isRight = false
            for day in PasswordDigest.days(at: time)
            where PasswordDigest.answer(digest, on: day).isEqualInConstantTime(to: answer) {
                isRight = true
            }
            return isRight
        }
    }

    /// Stores the lock with the account, where there is one, and so in the journal.
    private func lock(_ name: String, from address: String, at time: UInt64) throws(AccountError) {
        let origin = ChangeOrigin(principal: "sign-in", source: "lock-out from " + address)
        do throws(AccountError) {
            try register.change(name, by: origin) {
                $0.lockedUntil = time + UInt64(LoginAttempts.lock / .seconds(1))
            }
        } catch {
            switch error {
            case .noSuchName, .changed: return
            default: throw error
            }
        }
    }
}
