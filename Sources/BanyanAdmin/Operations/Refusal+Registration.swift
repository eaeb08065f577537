import BanyanRegistry
import HandleProtocol

extension Refusal {
    /// What a client is told of a change that the store refused. Most of it has been looked at before: then something
    /// else came in between.
    init(of error: RegistrationError) {
        switch error {
        case .invalidHandle, .handleTooLong, .invalidPrefix: self.init(.invalidHandle, error.description)
        case .prefixNotHomed: self.init(.serverNotResponsible, "That prefix doesn't live here")
        case .prefixSuspended: self.init(.serverNotResponsible, "Prefix suspended")
        case .handleExists: self.init(.handleAlreadyExists)
        case .handleNotFound: self.init(.handleNotFound)
        case .valueExists, .duplicateIndex: self.init(.valueAlreadyExists, error.description)
        case .valueNotFound: self.init(.valuesNotFound)
        case .noValues, .tooManyValues, .recordTooLong, .malformedValue, .invalidIndex:
            self.init(.invalidValue, error.description)
        case .handleSuspended: self.init(.insufficientPermissions, "Handle is suspended")
        case .handleWithdrawn: self.init(.insufficientPermissions, "Handle is withdrawn")
        case .nameLength, .nameCharacters, .namePattern, .nameCheckCharacter:
            self.init(.invalidHandle, error.description)
        case .quotaReached: self.init(.registrationLimit, error.description)
        case .invalidReason, .invalidRules, .caseRuleFixed, .invalidSite, .invalidSetting, .damagedRecord:
            self.init(.error, error.description)
        case .recordChanged: self.init(.serverTooBusy)
        case .notPrimary: self.init(.serverNotResponsible, "Not a primary server")
        }
    }

    /// What a client is told when nothing could be stored.
    init(of error: SubmissionError) {
        switch error {
        case .readOnly: self.init(.serverReadOnly, error.description)
        case .outOfRoom, .closed: self.init(.serverTooBusy, error.description)
        case .setTooLarge: self.init(.invalidValue, error.description)
        case .malformedSet, .store: self.init(.error)
        }
    }
}
