import BanyanIndex
import HandleProtocol

/// A record as an operation sees it: a copy, since it is read while others are looked up.
struct StoredRecord: Sendable {
    var name: [UInt8]
    /// The handle's own values, in wire encoding, one behind the other.
    var values: [UInt8]
    var state = RecordState.active
    /// What everyone is answered: the own values of a handle in use.
    var answeredValues: [UInt8]

    /// - Throws: a refusal that tells the client nothing when the stored bytes are no values.
    func parsedValues() throws(Refusal) -> [HandleValue] { try Self.parsed(values) }

    func parsedAnsweredValues() throws(Refusal) -> [HandleValue] { try Self.parsed(answeredValues) }

    /// Refuses to change what is out of use: for everyone, so that it stays as it was when it was taken out of use.
    func checkActive() throws(Refusal) {
        switch state {
        case .active: return
        case .suspended: throw Refusal(.insufficientPermissions, "Handle is suspended")
        case .withdrawn: throw Refusal(.insufficientPermissions, "Handle is withdrawn")
        }
    }

    private static func parsed(_ values: [UInt8]) throws(Refusal) -> [HandleValue] {
        var parsed: [HandleValue] = []
        do throws(WireError) {
            var reader = ByteReader(values.rawSpan)
            while !reader.isAtEnd { parsed.append(try HandleValue(parsing: &reader)) }
        } catch {
            throw Refusal(.error)
        }
        return parsed
    }
}

/// Finds records by handles as they come.
struct RecordLookup: ~Copyable {
    struct Found {
        /// nil where the handle is not registered.
        var record: StoredRecord?
        /// The sequence of what is stored under the name, of a deleted handle as well; 0: nothing ever was.
        var sequence: UInt64 = 0
    }

    private var key = IndexKey()

    /// - Parameter responsibleOnly: Only what may lend authority: records of prefixes that are not homed here are not
    ///   found, since they may be stale, nor those of handles that are out of use: whose key it was is nobody any more.
    mutating func find(
        _ handle: [UInt8], in snapshot: borrowing IndexSnapshot, responsibleOnly: Bool = false
    ) throws(Refusal) -> Found {
        guard key.set(handle.rawSpan, caseRule: .insensitive) else { return Found() }
        if responsibleOnly, Responsibility.of(handle, in: snapshot) != .here { return Found() }
        do throws(IndexError) {
            let rule = try snapshot.prefixRow(key.prefix)?.entry.caseRule ?? .insensitive
            if rule != .insensitive { _ = key.set(handle.rawSpan, caseRule: rule) }
            guard let record = try snapshot.record(for: key) else { return Found() }
            guard !record.flags.contains(.deleted) else { return Found(sequence: record.sequence) }
            if responsibleOnly, record.state != .active { return Found(sequence: record.sequence) }
            let values = record.ownValues.array
            return Found(
                record: StoredRecord(
                    name: record.name?.array ?? key.name.array, values: values, state: record.state,
                    answeredValues: record.state == .active ? values : record.values.array),
                sequence: record.sequence)
        } catch {
            throw Refusal(.error)
        }
    }
}
