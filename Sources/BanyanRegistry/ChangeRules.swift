import BanyanIndex
import HandleProtocol

/// What became of one change.
enum ChangeOutcome: Equatable {
    case created, replaced, deleted, unchanged, skipped
}

/// Applies changes to the transaction of a writer, or refuses them: everything is checked before anything is put, so a
/// refused change leaves no trace. The rules of records are here, those of prefixes in `ChangeRules+Prefixes`.
struct ChangeRules: ~Copyable {
    var writer: IndexWriter
    var key = IndexKey()
    var valueRules = ValueRules()
    /// The values of a record that is put together from old and new ones.
    var values = ScratchBytes(capacity: 4_096)
    /// Whether the rest of the set comes from a mirror's primary.
    var isFromPrimary = false
    /// Seconds since 1970: what timestamps of 0 become.
    var now: UInt32 = 0
    /// The handle of the last requirement that was met, which is not looked at again until something else than a
    /// record is changed, or that record.
    private var met = ScratchBytes(capacity: 256)
    private var metKey = ScratchBytes(capacity: 256)
    private var metSequence: UInt64 = 0
    /// Of the record that the writer has selected; empty when it may be another by now.
    private var selectedKey = ScratchBytes(capacity: 256)
    /// The rules that names were last checked by.
    private var nameCheck: (rules: [UInt8], caseRule: CaseRule, check: NameCheck?) = ([], .insensitive, nil)

    init(_ index: HandleIndex) { writer = IndexWriter(index) }

    /// Starts a transaction.
    /// - Parameter time: seconds since 1970.
    mutating func begin(at time: Double) throws(IndexError) {
        now = UInt32(clamping: Int(time))
        forget()
        try writer.begin(at: UInt64(max(0, time) * 1_000))
    }

    /// Takes nothing that was looked at for what it was.
    private mutating func forget() {
        selectedKey.removeAll()
        met.removeAll()
    }

    /// - Throws: `RegistrationError` when the change is refused; `IndexError` when the transaction must be aborted.
    mutating func apply(
        _ change: borrowing ChangeView, onConflict rule: ConflictRule, by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        if writer.isMirror, !isFromPrimary, !change.operation.isOfMirror { throw RegistrationError.notPrimary }
        if change.operation != .put, change.operation != .require { forget() }
        defer { if change.operation != .require { selectedKey.removeAll() } }
        return switch change.operation {
        case .put: try put(change, onConflict: rule, by: origin)
        case .setState: try setState(change, by: origin)
        case .addValues: try changeValues(change, .addValues, by: origin)
        case .modifyValues: try changeValues(change, .modifyValues, by: origin)
        case .removeValues: try changeValues(change, .removeValues, by: origin)
        case .delete: try delete(change.handle, by: origin)
        case .require: try require(change.handle, sequence: change.payload)
        case .home: try home(change.handle, caseRule: change.option, by: origin)
        case .requireSetting: try requireSetting(change.handle, sequence: change.payload)
        case .unhome: try setPrefixState(change, .unhomed, .unhome, by: origin)
        case .suspend: try setPrefixState(change, .suspended, .suspend, by: origin)
        case .resume: try setPrefixState(change, .active, .resume, by: origin)
        case .setRules: try setRules(change.handle, change.payload, by: origin)
        case .setSite: try setSite(change.payload, position: change.position, by: origin)
        case .trimJournal: try trimJournal(before: change.payload)
        case .setSetting: try setSetting(change.handle, change.payload, by: origin)
        case .setDocument: try setDocument(change.handle, change.payload, by: origin)
        case .appendDocument: try appendDocument(of: change.handle, change.payload, by: origin)
        case .requireDocument: try requireDocument(change.handle, sequence: change.payload)
        case .setMirror: try setMirror(change.option == 1)
        case .fromPrimary: takeFromPrimary()
        case .follow: try follow(change.payload)
        case .forget: try forget(change.handle)
        }
    }

    /// Registers a handle, also one that is out of use, as a dump has it.
    private mutating func put(
        _ change: borrowing ChangeView, onConflict rule: ConflictRule, by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        guard let state = RecordState(rawValue: change.option) else { throw RegistrationError.malformedValue }
        let payload = change.payload
        let split = state == .active ? payload.byteCount : Int(change.position)
        guard split <= payload.byteCount else { throw RegistrationError.malformedValue }
        let values = payload.extracting(0..<split)
        let answered = payload.extracting(split..<payload.byteCount)
        try select(change.handle)
        if metKey.bytes.hasSameBytes(as: key.bytes) { met.removeAll() }
        let summary = try valueRules.check(values)
        let before = Self.life(of: writer)
        if let before, let current = writer.current {
            if before == state, ValueRules.areSame(current.ownValues, values),
                state == .active || ValueRules.areSame(current.values, answered)
            {
                return .unchanged
            }
            switch rule {
            case .fail: throw RegistrationError.handleExists
            case .skip: return .skipped
            case .replace: if state == .active { try Self.checkActive(writer) }
            }
        } else if !isFromPrimary {
            try checkName()
        }
        let operation: JournalOperation = before == nil ? .create : .replace
        try store(operation, change.handle, values, summary, as: state, answering: answered, by: origin)
        return before == nil ? .created : .replaced
    }

    /// That the selected handle, which is not there yet, is named by the rules of its prefix.
    private mutating func checkName() throws {
        guard let row = try Self.prefixRow(of: key, &writer), !row.rules.isEmpty else { return }
        if nameCheck.rules != row.rules || nameCheck.caseRule != row.entry.caseRule {
            nameCheck = (row.rules, row.entry.caseRule, NameCheck(of: row))
        }
        guard let check = nameCheck.check else { return }
        try check.check(localName: key.localName)
        if let quota = check.rules.quota, row.handleCount >= quota { throw RegistrationError.quotaReached }
    }

    private static func prefixRow(
        of key: borrowing IndexKey, _ writer: inout IndexWriter
    ) throws(IndexError) -> PrefixRow? {
        try writer.prefixRow(of: key)
    }

    private mutating func delete(_ handle: RawSpan, by origin: borrowing Origin) throws -> ChangeOutcome {
        // Also under a prefix that is not homed any more.
        try select(handle, requiresHome: false)
        try Self.checkActive(writer)
        Self.beginRecord(&writer, key, registered: handle, flags: .deleted, valueCount: 0)
        try writer.put(.delete, key, by: origin)
        return .deleted
    }

    /// Changes of one prefix all require its record: that is looked at once.
    private mutating func require(_ handle: RawSpan, sequence: RawSpan) throws -> ChangeOutcome {
        let sequence = sequence.bigEndianUInt64(at: 0)
        if met.byteCount > 0, metSequence == sequence, met.bytes.hasSameBytes(as: handle) { return .unchanged }
        try select(handle, requiresHome: false)
        guard (writer.current?.sequence ?? 0) == sequence else { throw RegistrationError.recordChanged }
        guard sequence > 0 else { return .unchanged }
        met.removeAll()
        met.write(raw: handle)
        Self.copy(key, into: &metKey)
        metSequence = sequence
        return .unchanged
    }

    private mutating func requireSetting(_ name: RawSpan, sequence: RawSpan) throws -> ChangeOutcome {
        guard try writer.settingSequence(name) == sequence.bigEndianUInt64(at: 0) else {
            throw RegistrationError.recordChanged
        }
        return .unchanged
    }

    /// Adds, modifies or removes values of a handle that is there; the others stay as they are, in their order.
    private mutating func changeValues(
        _ change: borrowing ChangeView, _ operation: JournalOperation, by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        try select(change.handle)
        try Self.checkActive(writer)
        if operation != .removeValues {
            guard try valueRules.check(change.payload).count > 0 else { throw RegistrationError.noValues }
        }
        try Self.assemble(operation, change.payload, overwrites: change.option == 1, writer, into: &values)
        return try storeChanged(operation, change.handle, by: origin)
    }

    private static func assemble(
        _ operation: JournalOperation, _ payload: RawSpan, overwrites: Bool, _ writer: borrowing IndexWriter,
        into values: inout ScratchBytes
    ) throws(RegistrationError) {
        values.removeAll()
        guard let current = writer.current else { throw .handleNotFound }
        switch operation {
        case .addValues: try ValueChanges.add(payload, to: current.values, overwrites: overwrites, into: &values)
        case .modifyValues: try ValueChanges.modify(payload, in: current.values, into: &values)
        default: try ValueChanges.remove(payload, from: current.values, into: &values)
        }
    }

    /// Stores what has been put together in `values`.
    private mutating func storeChanged(
        _ operation: JournalOperation, _ handle: RawSpan, by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        // Out of the way, so that it can be read while the rest of this changes; put back whatever happens.
        var assembled = ScratchBytes(capacity: 16)
        swap(&assembled, &values)
        defer { swap(&assembled, &values) }
        let summary = try valueRules.check(assembled.bytes)
        if let current = writer.current, ValueRules.areSame(current.values, assembled.bytes) { return .unchanged }
        try store(operation, handle, assembled.bytes, summary, as: .active, answering: RawSpan(), by: origin)
        return .replaced
    }

    /// Writes the selected handle's record: values as they are, timestamps of 0 become now. One that is out of use
    /// has the values that are answered in front of whoever resolves, and its own behind them.
    mutating func store(
        _ operation: JournalOperation, _ handle: RawSpan, _ values: RawSpan, _ summary: ValueListSummary,
        as state: RecordState, answering answered: RawSpan, by origin: borrowing Origin
    ) throws {
        guard state != .active else {
            Self.beginRecord(
                &writer, key, registered: handle, flags: summary.isAllPublic ? .allValuesPublic : [],
                valueCount: summary.count)
            try stamp(values, summary, at: writer.appendValues(values))
            return try writer.put(operation, key, by: origin)
        }
        guard answered.byteCount <= Self.answeredByteCountMax else { throw RegistrationError.recordTooLong }
        let answer = try valueRules.check(answered)
        guard answer.count > 0 else { throw RegistrationError.noValues }
        Self.beginRecord(
            &writer, key, registered: handle, flags: state.flag.union(answer.isAllPublic ? .allValuesPublic : []),
            valueCount: answer.count)
        try stamp(values, summary, at: writer.appendOwnValues(values, count: summary.count))
        try stamp(answered, answer, at: writer.appendValues(answered))
        try writer.put(operation, key, by: origin)
    }

    /// Fills in the timestamps of values that have none, and that begin at `offset` of the record.
    private mutating func stamp(_ values: RawSpan, _ summary: ValueListSummary, at offset: Int) throws(WireError) {
        guard summary.lacksTimestamps else { return }
        var offset = offset
        var list = ValueListView(values)
        while let value = try list.next() {
            if value.timestamp == 0 { writer.setTimestamp(now, ofValueAt: offset) }
            offset &+= value.bytes.byteCount
        }
    }

    /// Checks the name, finds its prefix and its rule of case, and reads the record.
    mutating func select(_ handle: RawSpan, requiresHome: Bool = true) throws {
        try NameRules.checkHandle(handle)
        guard key.set(handle, caseRule: .insensitive) else { throw RegistrationError.handleTooLong }
        let row = try writer.prefixRow(of: key)
        if let row, row.entry.caseRule == .sensitiveLocalName {
            guard key.set(handle, caseRule: .sensitiveLocalName) else { throw RegistrationError.handleTooLong }
        }
        if requiresHome, !isFromPrimary {
            switch row?.entry.state {
            case .active: break
            case .suspended: throw RegistrationError.prefixSuspended
            case .unhomed, nil:
                guard try Self.isPrefixRecordOfOurs(key, &writer) else { throw RegistrationError.prefixNotHomed }
            }
        }
        if selectedKey.byteCount > 0, selectedKey.bytes.hasSameBytes(as: key.bytes) { return }
        selectedKey.removeAll()
        do throws(IndexError) {
            try writer.select(key)
            Self.copy(key, into: &selectedKey)
        } catch .damagedRecord {
            throw RegistrationError.damagedRecord
        } catch {
            throw error
        }
    }

    private static func copy(_ key: borrowing IndexKey, into copy: inout ScratchBytes) {
        copy.removeAll()
        copy.write(raw: key.bytes)
    }

    /// The record of a prefix, `0.NA/P`, belongs where `0.NA` is homed; a node may also keep those of the prefixes that
    /// are homed with it, and of what is derived from them: its administrators' keys are in them.
    private static func isPrefixRecordOfOurs(
        _ key: borrowing IndexKey, _ writer: inout IndexWriter
    ) throws(IndexError) -> Bool {
        guard key.prefix.isNamingAuthority else { return false }
        let name = key.localName
        var count = min(name.byteCount, Limits.prefixByteCount)
        while count > 0 {
            if count == name.byteCount || name.byte(at: count) == UInt8(ascii: "."),
                let row = try writer.prefixRow(name.extracting(0..<count)), row.entry.state != .unhomed
            {
                return true
            }
            count &-= 1
        }
        return false
    }

    /// `X` without a slash is kept as `0.NA/X`, the form that it has in lists.
    private static func beginRecord(
        _ writer: inout IndexWriter, _ key: borrowing IndexKey, registered: RawSpan, flags: RecordFlags,
        valueCount: Int
    ) {
        let isBare = registered.byteCount != key.name.byteCount
        writer.beginRecord(key, registered: isBare ? key.name : registered, flags: flags, valueCount: valueCount)
    }
}
