/// Why a change was refused. Nothing of it is stored then.
public enum RegistrationError: UInt8, Error, Sendable, CaseIterable {
    /// Empty, not UTF-8, or with a NUL in it.
    case invalidHandle = 1
    case handleTooLong = 2
    case prefixNotHomed = 3
    case prefixSuspended = 4
    case handleExists = 5
    case handleNotFound = 6
    /// A change of values names none. (A handle may be registered without any, as the reference allows.)
    case noValues = 7
    case tooManyValues = 8
    /// The values of one handle together have more than 259,072 bytes.
    case recordTooLong = 9
    /// The bytes are no handle values.
    case malformedValue = 10
    /// An index is 0, or above 2,147,483,647.
    case invalidIndex = 11
    /// One index stands twice in the change.
    case duplicateIndex = 12
    /// An index to be added is there.
    case valueExists = 13
    /// An index to be modified or removed is not there.
    case valueNotFound = 14
    /// Empty, longer than 255 bytes, not UTF-8, or with a slash or NUL in it.
    case invalidPrefix = 15
    /// The case rule stays while names exist under the prefix.
    case caseRuleFixed = 16
    case invalidSite = 17
    case invalidSetting = 18
    /// What is stored under the handle is damaged; it is not written over.
    case damagedRecord = 19
    /// A record that the change depends on is another by now.
    case recordChanged = 20
    /// The handle is out of use: only its state can be changed.
    case handleSuspended = 21
    case handleWithdrawn = 22
    /// A reason of more than 255 bytes, not UTF-8, or with control characters.
    case invalidReason = 23
    /// What is to be the rules for names is none.
    case invalidRules = 24
    /// A new name breaks a rule of its prefix: how long it may be, which characters it may have, what it must match,
    /// what it must end with.
    case nameLength = 25
    case nameCharacters = 26
    case namePattern = 27
    case nameCheckCharacter = 28
    /// The prefix has as many identifiers as it may have.
    case quotaReached = 29
    /// This node is a mirror: changes are made on its primary.
    case notPrimary = 64
}

extension RegistrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidHandle: "the handle is empty, not UTF-8, or holds a NUL"
        case .handleTooLong: "the handle has more than 2,048 bytes"
        case .prefixNotHomed: "the prefix is not homed here"
        case .prefixSuspended: "the prefix is suspended"
        case .handleExists: "the handle exists with other values"
        case .handleNotFound: "the handle does not exist"
        case .noValues: "there is no value"
        case .tooManyValues: "the handle would have more than 2,048 values"
        case .recordTooLong: "the handle's values would have more than 259,072 bytes"
        case .malformedValue: "a value is malformed"
        case .invalidIndex: "an index is not between 1 and 2,147,483,647"
        case .duplicateIndex: "an index stands twice"
        case .valueExists: "a value with this index exists"
        case .valueNotFound: "no value has this index"
        case .invalidPrefix: "the prefix is empty, too long, not UTF-8, or holds a slash or NUL"
        case .caseRuleFixed: "the case rule cannot change while names exist under the prefix"
        case .invalidSite: "the site record is malformed, or has no server at this position"
        case .damagedRecord: "the stored record is damaged: run a full check"
        case .recordChanged: "a record that the change depends on has changed"
        case .handleSuspended: "the handle is suspended"
        case .handleWithdrawn: "the handle is withdrawn"
        case .invalidReason: "the reason is longer than 255 bytes, not UTF-8, or holds control characters"
        case .invalidRules: "the rules for names cannot be read"
        case .nameLength: "the name breaks its prefix's rule length"
        case .nameCharacters: "the name breaks its prefix's rule characters"
        case .namePattern: "the name breaks its prefix's rule pattern"
        case .nameCheckCharacter: "the name breaks its prefix's rule check-character"
        case .quotaReached: "the prefix has as many handles as its quota allows"
        case .notPrimary: "this node is a mirror: changes are made on its primary"
        case .invalidSetting: "the setting's name is empty or too long"
        }
    }
}
