import BanyanRegistry

extension RowError {
    /// What the store refused, with what to do.
    init(_ error: RegistrationError) {
        let (field, remedy): (String, String)
        switch error {
        case .invalidHandle: (field, remedy) = ("handle", "correct it")
        case .handleTooLong: (field, remedy) = ("handle", "shorten it")
        case .prefixNotHomed: (field, remedy) = ("handle", "home it first with `banyan prefix add`")
        case .prefixSuspended: (field, remedy) = ("handle", "resume it first with `banyan prefix resume`")
        case .handleExists: (field, remedy) = ("handle", "use --on-conflict replace or skip")
        case .handleNotFound: (field, remedy) = ("handle", "create it first, or take the row out")
        case .noValues: (field, remedy) = ("values", "add one")
        case .tooManyValues: (field, remedy) = ("values", "spread them over several handles")
        case .recordTooLong: (field, remedy) = ("values", "keep large content elsewhere and store its address")
        case .malformedValue: (field, remedy) = ("values", "write it anew")
        case .invalidIndex: (field, remedy) = ("values", "correct it")
        case .duplicateIndex: (field, remedy) = ("values", "give each value an index of its own")
        case .valueExists: (field, remedy) = ("values", "modify it, or choose another index")
        case .valueNotFound: (field, remedy) = ("values", "add it first, or take it out")
        case .invalidPrefix: (field, remedy) = ("prefix", "correct it")
        case .caseRuleFixed: (field, remedy) = ("prefix", "home it by the rule that it has")
        case .invalidSite: (field, remedy) = ("site", "correct it")
        case .invalidSetting: (field, remedy) = ("setting", "correct it")
        case .recordChanged: (field, remedy) = ("handle", "try again")
        case .handleSuspended, .handleWithdrawn: (field, remedy) = ("handle", "resume it first with `banyan resume`")
        case .invalidReason: (field, remedy) = ("reason", "shorten or correct it")
        case .invalidRules: (field, remedy) = ("rules", "correct them")
        case .nameLength, .nameCharacters, .namePattern, .nameCheckCharacter:
            (field, remedy) = ("handle", "see `banyan prefix show`, and correct it")
        case .quotaReached: (field, remedy) = ("prefix", "raise it with `banyan prefix set --quota`")
        case .notPrimary: (field, remedy) = ("handle", "load into the primary")
        case .damagedRecord: (field, remedy) = ("handle", "run `banyan check --full`, and restore the record")
        }
        self.init(field: field, "\(error); \(remedy)")
    }
}
