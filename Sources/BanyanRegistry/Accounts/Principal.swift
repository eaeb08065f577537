import HandleProtocol

/// Who asks for something over HTTP, and what that allows.
public struct Principal: Equatable, Sendable {
    /// As the journal names it.
    public var name: String
    public var role: Role
    /// Folded, without `0.NA/`.
    public var prefixes: [String]
    /// Nil: all that the role allows.
    public var operations: Set<AccessOperation>?

    public init(name: String, role: Role, prefixes: [String], operations: Set<AccessOperation>? = nil) {
        self.name = name
        self.role = role
        self.prefixes = prefixes
        self.operations = operations
    }

    /// Whether the operation is allowed under that prefix. Without one: anywhere, for an operator; at all, for others.
    public func may(_ operation: AccessOperation, under prefix: String? = nil) -> Bool {
        if let operations, !operations.contains(operation) { return false }
        switch role {
        case .operator: return prefixes.isEmpty || owns(prefix)
        case .enterprise: return operation != .account && (prefix == nil || owns(prefix))
        case .auditor: return (operation == .read || operation == .list) && (prefixes.isEmpty || owns(prefix))
        }
    }

    /// Whether the prefix is one of those that are named, or derived from one.
    private func owns(_ prefix: String?) -> Bool {
        guard let prefix else { return false }
        let folded = Prefix(prefix)?.description ?? prefix
        return prefixes.contains { folded == $0 || folded.hasPrefix($0 + ".") }
    }
}

extension Principal {
    /// The prefix that a handle is under, folded; of a prefix's own record that prefix.
    public static func prefix(of handle: [UInt8]) -> String {
        let folded = HandleCase.folded(handle)
        let parts = folded.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        let prefix = String(decoding: parts.first ?? [], as: UTF8.self)
        guard prefix == "0.NA", parts.count == 2 else { return prefix }
        return String(decoding: parts[1], as: UTF8.self)
    }
}
