public import HandleProtocol

/// What a request needs to know of a prefix that is homed here.
public struct PrefixEntry: Equatable, Sendable {
    public enum State: UInt8, Sendable {
        case active = 0
        case suspended = 1
        /// Not homed; the entry stands for the records that are stored under it.
        case unhomed = 2
    }

    public var caseRule: CaseRule
    public var state: State

    public init(caseRule: CaseRule, state: State) {
        self.caseRule = caseRule
        self.state = state
    }
}
