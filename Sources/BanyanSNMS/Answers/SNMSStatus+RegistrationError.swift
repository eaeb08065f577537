import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HTTPTypes

/// What each refusal of the modules below is told as.
extension Messages {
    static func text(_ error: RegistrationError) -> String {
        switch error {
        case .handleExists: identifierExists
        case .handleNotFound: identifierAbsent
        case .prefixNotHomed: prefixNotHosted
        case .prefixSuspended: prefixSuspended
        case .handleTooLong: tooLong("handle", 255)
        case .invalidHandle: invalid("handle")
        case .recordChanged: busy
        case .quotaReached: quotaReached
        case .handleSuspended: identifierSuspended
        case .handleWithdrawn: identifierWithdrawn
        case .nameLength, .nameCharacters, .namePattern, .nameCheckCharacter: nameRules
        case .damagedRecord: internalError
        default: "标识数据不符合要求"
        }
    }
}

extension Messages {
    /// Of a request that did not get as far as a call.
    static func text(_ problem: ProblemResponse) -> String {
        switch problem.status {
        case .badRequest: malformed
        case .contentTooLarge: bodyTooLong
        default: busy
        }
    }
}

extension SNMSFailure {
    init(_ error: SubmissionError) {
        switch error {
        case .readOnly: self.init(.failed, Messages.readOnly)
        case .outOfRoom, .closed, .busy: self.init(.failed, Messages.busy)
        case .malformedSet, .setTooLarge, .store, .server: self.init(.failed, Messages.internalError)
        }
    }

    init(_ error: AccountError) {
        switch error {
        case .wrongCredentials: self = .refused(Messages.wrongCredentials)
        case .lockedOut(let seconds):
            self.init(.refused, Messages.lockedOut(seconds: seconds), retryAfter: seconds, http: .tooManyRequests)
        case .nameTaken: self = .refused(Messages.nameTaken)
        case .emailTaken: self = .refused(Messages.emailTaken)
        case .mobileTaken: self = .refused(Messages.mobileTaken)
        case .noSuchName: self = .refused(Messages.userAbsent)
        case .invalidName: self = .refused(Messages.invalid("username"))
        case .weakPassword: self = .refused(Messages.invalid("password"))
        case .changed: self = .busy
        case .index, .library: self.init(.failed, Messages.internalError)
        case .submission(let error): self.init(error)
        case .refused(let error): self = .refused(Messages.text(error))
        }
    }

    init(_ error: PrefixRegisterError) {
        switch error {
        case .noSuchPrefix: self = .refused(Messages.prefixAbsent)
        case .noSuchAccount: self = .refused(Messages.userAbsent)
        case .noSuchEnterprise: self = .refused(Messages.enterpriseAbsent)
        case .noSuchFile: self = .refused(Messages.fileMissing)
        case .prefixTaken: self = .refused(Messages.prefixTaken)
        case .certificateTaken: self = .refused(Messages.certificateTaken)
        case .fileTaken: self = .refused(Messages.fileTaken)
        case .event(.notInState): self = .refused(Messages.prefixNotApproved)
        case .event: self = .refused(Messages.invalid("reason"))
        case .changed: self = .busy
        case .account(let error): self.init(error)
        case .submission(let error): self.init(error)
        case .refused(let error): self = .refused(Messages.text(error))
        case .index, .library, .files: self.init(.failed, Messages.internalError)
        }
    }
}
