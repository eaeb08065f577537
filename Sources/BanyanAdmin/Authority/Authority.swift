import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// Who may do what, decided on one snapshot (RFC 3651 §3.2.1, §3.2.5; RFC 3652 §3.5).
///
///  1. The server's administrators, a setting of the node, may do everything.
///  2. An HS_ADMIN value counts when it has all the permissions that are needed. It names a key, or a group: an
///     HS_VLIST value, whose members may be groups again. Groups may form cycles.
///  3. A reference with index 0 stands for any key of its handle, and is not followed as a group.
///
/// Every record that was looked at is noted, so that the change is made only while these records are the same.
struct Authority: ~Copyable {
    /// Groups that one decision follows, and members that it looks at.
    static let groupCountMax = 64
    static let memberCountMax = 4_096
    /// The setting that holds the server's administrators, as an HS_VLIST.
    static let administratorsSetting = "administrators"

    private let identity: Identity?
    /// What a user or a token of this node may do; nil for everyone else.
    private let standing: Standing?
    private var lookup = RecordLookup()
    /// What the decision rests on: sequences by folded handle.
    private(set) var seen: [[UInt8]: UInt64] = [:]
    /// The sequence of the setting that says who the server's administrators are, where the decision rests on it.
    private(set) var administratorsSequence: UInt64?

    /// What must still be so when the change is made.
    var conditions: [Change] {
        var conditions = seen.map { Change.require(handle: $0.key, sequence: $0.value) }
        if let administratorsSequence {
            conditions.append(
                .requireSetting(name: Array(Self.administratorsSetting.utf8), sequence: administratorsSequence))
        }
        return conditions
    }

    private let memory: AuthorityMemory?
    private let remote: (any RemoteAuthority)?
    /// Whether something is not here that another node may know: without `remote` it counts for nothing.
    private(set) var wantsRemote = false

    /// - Parameter remote: Where groups, and records of prefixes, are looked for that are not here.
    init(of identity: Identity?, remote: (any RemoteAuthority)? = nil) {
        self.identity = identity
        self.remote = remote
        standing = nil
        memory = nil
    }

    init(of asker: Asker, for request: Message, remote: (any RemoteAuthority)?, memory: AuthorityMemory?) {
        identity = asker.identity
        self.remote = remote
        self.memory = memory
        standing = asker.account.map { Standing(of: $0, for: request) }
    }

    /// The record of a handle, noted as looked at; nil where it is not registered.
    mutating func record(
        of handle: [UInt8], in snapshot: borrowing IndexSnapshot, responsibleOnly: Bool = false
    ) throws(Refusal) -> StoredRecord? {
        let found = try lookup.find(handle, in: snapshot, responsibleOnly: responsibleOnly)
        seen[handle] = found.sequence
        return found.record
    }

    mutating func isServerAdministrator(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Bool {
        if let standing { return standing.administersServer }
        return try isNamed(bySetting: Self.administratorsSetting, in: snapshot)
    }

    /// The server's administrators may replicate as well.
    mutating func isReplicationAdministrator(in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Bool {
        if try isNamed(bySetting: Hosting.replicationSetting, in: snapshot) { return true }
        return try isServerAdministrator(in: snapshot)
    }

    private mutating func isNamed(
        bySetting name: String, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        guard let identity else { return false }
        let setting: [UInt8]?
        do throws(IndexError) {
            if name == Self.administratorsSetting { administratorsSequence = try snapshot.settingSequence(name) }
            setting = try snapshot.setting(name)
        } catch {
            throw Refusal(.error)
        }
        guard let setting, let list = try? ValueList(parsing: setting.rawSpan) else { return false }
        return try isAmong(list.references, identity, in: snapshot)
    }

    /// Whether the identity administers the record with these values, with all of `permissions`.
    mutating func isAdministrator(
        by values: [HandleValue], with permissions: AdminPermissions, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        if let standing { return standing.administersRecord }
        guard let identity else { return false }
        let administrators = values.compactMap { value -> ValueReference? in
            guard value.isAdministrator, let record = try? AdminRecord(parsing: value.data.rawSpan),
                record.permissions.isSuperset(of: permissions)
            else { return nil }
            return record.administrator
        }
        return try isAmong(administrators, identity, in: snapshot)
    }

    /// As above, by the record of a prefix, which is elsewhere where this node was only told to home the prefix; false
    /// where there is none.
    mutating func isAdministrator(
        of handle: [UInt8], with permissions: AdminPermissions, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        if let standing { return standing.administersRecord }
        guard let memory, let identity else { return try decide(handle, permissions, in: snapshot) }
        let question = AuthorityMemory.Question(
            state: snapshot.stateNumber, identity: identity, handle: handle, permissions: permissions)
        if let known = memory.decision(of: question) {
            seen.merge(known.seen) { _, known in known }
            return known.isAdministrator
        }
        let (others, wantedRemote) = (seen, wantsRemote)
        (seen, wantsRemote) = ([:], false)
        let isAdministrator = try decide(handle, permissions, in: snapshot)
        // What another node says may be otherwise the next time.
        if !wantsRemote { memory.keep(.init(isAdministrator: isAdministrator, seen: seen), of: question) }
        seen.merge(others) { own, _ in own }
        wantsRemote = wantsRemote || wantedRemote
        return isAdministrator
    }

    private mutating func decide(
        _ handle: [UInt8], _ permissions: AdminPermissions, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        if let record = try record(of: handle, in: snapshot, responsibleOnly: true) {
            return try isAdministrator(by: record.parsedValues(), with: permissions, in: snapshot)
        }
        guard identity != nil, seen[handle] == 0 else { return false }
        wantsRemote = true
        guard let values = remote?.values(of: handle, type: ValueType.administrator) else { return false }
        return try isAdministrator(by: values, with: permissions, in: snapshot)
    }

    /// Whether a reference stands for the identity, or for a group that it belongs to. Breadth first, so that what is
    /// named directly costs no look-up.
    private mutating func isAmong(
        _ references: [ValueReference], _ identity: Identity, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Bool {
        var groups = references
        var known: Set<Identity> = []
        var memberCount = 0
        if groups.contains(where: { $0.stands(for: identity.reference) }) { return true }
        var next = 0
        while next < groups.count {
            let group = groups[next]
            next += 1
            guard group.index != 0, known.insert(Identity(group)).inserted else { continue }
            guard known.count <= Self.groupCountMax else { return false }
            let members = try members(of: group, in: snapshot)
            memberCount += members.count
            guard memberCount <= Self.memberCountMax else { return false }
            if members.contains(where: { $0.stands(for: identity.reference) }) { return true }
            groups += members
        }
        return false
    }

    private mutating func members(
        of group: ValueReference, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> [ValueReference] {
        let values: [HandleValue]
        if let record = try record(of: group.handle, in: snapshot, responsibleOnly: true) {
            values = try record.parsedValues()
        } else if Responsibility.of(group.handle, in: snapshot) == .elsewhere {
            wantsRemote = true
            values = remote?.values(of: group.handle, type: ValueType.valueList) ?? []
        } else {
            values = []
        }
        guard let value = values.first(where: { $0.index == group.index }), value.hasType(ValueType.valueList) else {
            return []
        }
        return (try? ValueList(parsing: value.data.rawSpan))?.references ?? []
    }
}

extension HandleValue {
    /// Whether it is of that type; types have no case.
    func hasType(_ wanted: [UInt8]) -> Bool { HandleCase.areEqual(type.rawSpan, wanted.rawSpan) }

    /// Whether it says who administers its handle.
    var isAdministrator: Bool { hasType(ValueType.administrator) }
}
