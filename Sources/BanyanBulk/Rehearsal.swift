import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// What the store would say to a registration, for a dry run: nothing is written, and no lock is taken, so that it
/// works beside a node. Rows before in the same input are not taken into account, but for the prefixes that they home.
struct Rehearsal: ~Copyable {
    private var snapshot: IndexSnapshot
    private var key = IndexKey()
    private var homed: Set<[UInt8]> = []
    /// Look-ups since the snapshot was renewed: it must not stay open for long.
    private var lookupCount = 0

    init(_ index: HandleIndex) throws(IndexError) { snapshot = try index.snapshot() }

    mutating func check(
        _ buffer: borrowing RecordBuffer, onConflict rule: ConflictRule, counting report: inout LoadReport
    ) throws(IndexError) -> RegistrationError? {
        let handle = Handle(buffer.handle.bytes)
        guard handle.bytes.count <= Limits.handleByteCount else { return .handleTooLong }
        guard !handle.bytes.isEmpty, !handle.bytes.contains(0), UTF8Text.isValid(handle.bytes.rawSpan) else {
            return .invalidHandle
        }
        if let error = Self.check(buffer.values.bytes) { return error }
        return try look(up: handle, buffer.values.bytes, onConflict: rule, counting: &report)
    }

    private mutating func look(
        up handle: Handle, _ values: [UInt8], onConflict rule: ConflictRule, counting report: inout LoadReport
    ) throws(IndexError) -> RegistrationError? {
        lookupCount += 1
        if lookupCount.isMultiple(of: 1_000) { try snapshot.renew() }
        guard key.set(handle.bytes.rawSpan, caseRule: .insensitive) else { return .handleTooLong }
        let entry = snapshot.prefix(key.prefix)
        if entry?.state == .suspended { return .prefixSuspended }
        guard entry?.state == .active || isHomed(handle) else { return .prefixNotHomed }
        if entry?.caseRule == .sensitiveLocalName {
            guard key.set(handle.bytes.rawSpan, caseRule: .sensitiveLocalName) else { return .handleTooLong }
        }
        guard let record = try snapshot.record(for: key), !record.flags.contains(.deleted) else {
            report.createdCount += 1
            return nil
        }
        if Self.areSame(record.values, values.rawSpan) {
            report.unchangedCount += 1
            return nil
        }
        switch rule {
        case .fail: return .handleExists
        case .skip: report.skippedCount += 1
        case .replace: report.replacedCount += 1
        }
        return nil
    }

    /// Homed by an earlier row, or the record of a prefix that is homed here or stands below one that is.
    private func isHomed(_ handle: Handle) -> Bool {
        if homed.contains(handle.folded().prefix.bytes) { return true }
        guard handle.isPrefix, let prefix = Prefix(handle.bytes) else { return false }
        return ([prefix] + prefix.ancestors).contains { prefix in
            homed.contains(prefix.bytes) || snapshot.prefix(prefix.bytes.rawSpan).map { $0.state != .unhomed } == true
        }
    }

    /// Notes the prefixes that a row homes.
    mutating func note(_ changes: [Change]) {
        for case .home(let prefix, _) in changes { homed.insert(prefix) }
    }

    private static func check(_ values: [UInt8]) -> RegistrationError? {
        guard values.count <= Limits.recordByteCount else { return .recordTooLong }
        var indexes: Set<UInt32> = []
        var list = ValueListView(values.rawSpan)
        do {
            while let value = try list.next() {
                guard value.index > 0, value.index <= UInt32(Int32.max) else { return .invalidIndex }
                guard indexes.insert(value.index).inserted else { return .duplicateIndex }
            }
        } catch { return .malformedValue }
        return indexes.count > Limits.valueCount ? .tooManyValues : nil
    }

    /// The same values in the same order, timestamps apart.
    private static func areSame(_ one: RawSpan, _ other: RawSpan) -> Bool {
        guard one.byteCount == other.byteCount else { return false }
        var list = ValueListView(one)
        var offset = 0
        while let value = try? list.next() {
            let count = value.bytes.byteCount
            let twin = other.extracting(offset..<(offset + count))
            guard twin.bigEndianUInt32(at: 0) == value.index,
                twin.extracting(8..<count).hasSameBytes(as: value.bytes.extracting(8..<count))
            else { return false }
            offset += count
        }
        return offset == other.byteCount
    }
}
