/// What somebody is to the node.
public enum Role: String, Codable, Sendable, CaseIterable {
    /// May do everything under the prefixes that are named, or anywhere where none is.
    case `operator`
    /// May do what concerns the prefixes that are named, and those derived from them.
    case enterprise
    /// Reads, and changes nothing.
    case auditor
}

/// What a role or token allows to do.
public enum AccessOperation: String, Codable, Sendable, CaseIterable {
    /// Values of identifiers, also those that only administrators read.
    case read
    case list
    case create
    case update
    case delete
    /// Data templates.
    case template
    /// Prefixes: to apply for one and to configure it; for an operator, to decide.
    case prefix
    /// Accounts and tokens of others.
    case account
}
