public import BanyanRegistry
import HTTPTypes

extension ProblemResponse {
    /// What a caller is told of a change that was refused.
    public init(_ error: RegistrationError) {
        switch error {
        case .invalidHandle: self.init(.badRequest, "invalid-handle", error)
        case .handleTooLong: self.init(.badRequest, "handle-too-long", error)
        case .prefixNotHomed: self.init(.badRequest, "prefix-not-homed", error)
        case .prefixSuspended: self.init(.badRequest, "prefix-suspended", error)
        case .handleExists: self.init(.conflict, "handle-exists", error)
        case .handleNotFound: self.init(.notFound, "handle-not-found", error)
        case .noValues: self.init(.badRequest, "no-values", error)
        case .tooManyValues: self.init(.badRequest, "too-many-values", error)
        case .recordTooLong: self.init(.badRequest, "record-too-long", error)
        case .malformedValue: self.init(.badRequest, "malformed-value", error)
        case .invalidIndex: self.init(.badRequest, "invalid-index", error)
        case .duplicateIndex: self.init(.badRequest, "duplicate-index", error)
        case .valueExists: self.init(.conflict, "value-exists", error)
        case .valueNotFound: self.init(.notFound, "value-not-found", error)
        case .invalidPrefix: self.init(.badRequest, "invalid-prefix", error)
        case .caseRuleFixed: self.init(.conflict, "case-rule-fixed", error)
        case .invalidSite: self.init(.badRequest, "invalid-site", error)
        case .invalidSetting: self.init(.badRequest, "invalid-setting", error)
        case .damagedRecord: self.init(.internalServerError, "damaged-record", error)
        case .handleSuspended: self.init(.forbidden, "handle-suspended", error)
        case .handleWithdrawn: self.init(.gone, "handle-withdrawn", error)
        case .invalidReason: self.init(.badRequest, "invalid-reason", error)
        case .invalidRules: self.init(.badRequest, "invalid-rules", error)
        case .nameLength: self.init(.badRequest, "name-length", error)
        case .nameCharacters: self.init(.badRequest, "name-characters", error)
        case .namePattern: self.init(.badRequest, "name-pattern", error)
        case .nameCheckCharacter: self.init(.badRequest, "name-check-character", error)
        case .quotaReached: self.init(.forbidden, "quota-reached", error)
        case .recordChanged: self.init(.preconditionFailed, "record-changed", error)
        case .notPrimary: self.init(.conflict, "not-primary", error)
        }
    }

    /// What a caller is told when nothing could be stored.
    public init(_ error: SubmissionError) {
        switch error {
        case .malformedSet, .store: self = .internalError
        case .setTooLarge: self.init(.contentTooLarge, "too-many-changes", "\(error)")
        case .outOfRoom: self.init(.init(code: 507, reasonPhrase: "Insufficient Storage"), "out-of-room", "\(error)")
        case .readOnly: self.init(.serviceUnavailable, "read-only", "\(error)")
        case .closed: self.init(.serviceUnavailable, "stopping", "\(error)", retryAfter: 5)
        }
    }

    private init(_ status: HTTPResponse.Status, _ code: String, _ error: RegistrationError) {
        self.init(status, code, error.description)
    }
}
