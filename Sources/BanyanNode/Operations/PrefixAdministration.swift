public import BanyanIndex
public import BanyanRegistry
public import HandleProtocol

/// What an operator does with the node's prefixes.
public struct PrefixAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// The prefixes that are homed here, suspended ones included.
    public func list() throws(NodeError) -> [PrefixListing] {
        try read { (snapshot) throws(IndexError) in try snapshot.prefixes() }
    }

    /// One homed prefix, and the values of its record; nil when it is not homed.
    public func show(_ prefix: Prefix) throws(NodeError) -> (listing: PrefixListing, values: [HandleValue])? {
        guard let listing = try list().first(where: { $0.name == prefix.bytes }) else { return nil }
        return (listing, try values(of: prefix))
    }

    /// Homes the prefix and makes its record, unless it has one.
    ///
    /// - Parameter rules: What names under it must be like, beside being names.
    public func add(
        _ prefix: Prefix, caseRule: CaseRule, rules: IdentifierRules = IdentifierRules()
    ) throws(NodeError) {
        var changes = try read { (snapshot) throws(IndexError) in
            try Hosting.host(prefix, caseRule: caseRule, snapshot)
        }
        if !rules.isEmpty { changes.append(.setRules(prefix: prefix.bytes, rules: rules.bytes)) }
        try sink().apply(changes, source: "prefix add", onConflict: .skip)
    }

    /// Tells clients where an enterprise's own node is: its site record becomes the HS_SITE values of the prefix's
    /// record here, in place of those that are there. The record is made where there is none.
    public func delegate(_ prefix: Prefix, to sites: [Site]) throws(NodeError) {
        guard !sites.isEmpty else { return }
        let changes = try read { (snapshot) throws(IndexError) in try Hosting.delegate(prefix, to: sites, snapshot) }
        try sink().apply(changes, source: "prefix delegate")
    }

    /// Changes how names under a homed prefix are told apart, and what they must be like from now on.
    ///
    /// - Parameter change: gets the rules that there are.
    public func set(
        _ prefix: Prefix, caseRule: CaseRule?, _ change: (inout IdentifierRules) throws(RuleError) -> Void
    ) throws {
        guard let listing = try list().first(where: { $0.name == prefix.bytes }) else {
            throw NodeError.refused(prefix.description, .prefixNotHomed)
        }
        var rules = try IdentifierRules(parsing: listing.row.rules)
        try change(&rules)
        var changes: [Change] = []
        if let caseRule { changes.append(.home(prefix: prefix.bytes, caseRule: caseRule)) }
        changes.append(.setRules(prefix: prefix.bytes, rules: rules.bytes))
        try sink().apply(changes, source: "prefix set")
    }

    /// Ends answers for the prefix until `resume`; nothing is removed.
    public func suspend(_ prefix: Prefix, reason: [UInt8] = []) throws(NodeError) {
        try sink().apply([.suspend(prefix: prefix.bytes, reason: reason)], source: "prefix suspend")
    }

    public func resume(_ prefix: Prefix, reason: [UInt8] = []) throws(NodeError) {
        try sink().apply([.resume(prefix: prefix.bytes, reason: reason)], source: "prefix resume")
    }

    /// Ends the responsibility for the prefix; its records stay.
    public func remove(_ prefix: Prefix) throws(NodeError) {
        guard try list().contains(where: { $0.name == prefix.bytes }) else {
            throw .refused(prefix.description, .prefixNotHomed)
        }
        try sink().apply([.unhome(prefix: prefix.bytes)], source: "prefix remove")
    }

    // MARK: Reading

    /// The record of each homed prefix, read through the index that `sink` has open, if it has one: a process opens an
    /// index once.
    func list(sharing sink: any ChangeSink) throws(NodeError) -> [(handle: [UInt8], values: [HandleValue])] {
        let index = if let registrar = sink as? Registrar { registrar.index } else { try directory.openIndex() }
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            var records: [(handle: [UInt8], values: [HandleValue])] = []
            for listing in try snapshot.prefixes() {
                let handle = Array("0.NA/".utf8) + listing.name
                guard try snapshot.isInUse(handle) else { continue }
                records.append((handle, try snapshot.values(of: handle)))
            }
            return records
        } catch {
            throw .index(error)
        }
    }

    private func sink() throws(NodeError) -> any ChangeSink { try ChangeSinks.open(directory: directory) }

    private func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(NodeError) -> Result {
        let index = try directory.openIndex()
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .index(error) }
    }

    private func values(of prefix: Prefix) throws(NodeError) -> [HandleValue] {
        try read { (snapshot) throws(IndexError) in try snapshot.values(of: prefix.handle.bytes) }
    }
}

enum ValueTypeName {
    static let site = Array("HS_SITE".utf8)
}

extension NodeDirectory {
    /// The values of a handle, copied; none where there is no record.
    public func values(of handle: [UInt8]) throws(NodeError) -> [HandleValue] {
        let index = try openIndex()
        do throws(IndexError) { return try index.snapshot().values(of: handle) } catch { throw .index(error) }
    }
}

extension IndexSnapshot {
    /// Whether the handle is there, neither suspended nor withdrawn.
    func isInUse(_ handle: [UInt8]) throws(IndexError) -> Bool {
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive), let record = try record(for: key) else { return false }
        return record.flags.isDisjoint(with: .inactive)
    }

    /// The own values of a handle, copied; none where there is no record.
    func values(of handle: [UInt8]) throws(IndexError) -> [HandleValue] {
        var key = IndexKey()
        guard key.set(handle.rawSpan, caseRule: .insensitive), let record = try record(for: key) else { return [] }
        var reader = ByteReader(record.ownValues)
        var values: [HandleValue] = []
        for _ in 0..<record.ownValueCount {
            guard let value = try? HandleValue(parsing: &reader) else { throw .damagedRecord }
            values.append(value)
        }
        return values
    }
}
