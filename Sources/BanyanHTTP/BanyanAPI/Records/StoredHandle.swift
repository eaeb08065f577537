import BanyanIndex
import HandleProtocol

/// A handle as it is stored, copied out of a snapshot.
struct StoredHandle: Sendable {
    /// As registered.
    var name: [UInt8]
    var state: RecordState
    /// In wire encoding: its own, and those that are answered in their place while it is out of use.
    var own: [UInt8]
    var answered: [UInt8]
    /// Of its last change: what an `ETag` names.
    var sequence: UInt64

    /// What is under a name: a handle, or only the sequence of its deletion; 0: nothing ever was.
    struct Place: Sendable {
        var handle: StoredHandle?
        var sequence: UInt64
    }

    func values() -> [HandleValue] { Self.parsed(own) }

    static func parsed(_ wire: [UInt8]) -> [HandleValue] {
        var reader = ByteReader(wire.rawSpan)
        var values: [HandleValue] = []
        while !reader.isAtEnd, let value = try? HandleValue(parsing: &reader) { values.append(value) }
        return values
    }

    /// The record in JSON. Secret keys never leave; what JSON cannot hold, a type that is not UTF-8, is passed over.
    ///
    /// - Parameters:
    ///   - isWhole: also what only administrators may read, and, of a handle out of use, its own values.
    ///   - selection: which values are asked for.
    func write(to writer: inout JSONWriter, isWhole: Bool, _ selection: ValueSelection = ValueSelection()) {
        func list(_ wire: [UInt8]) -> [UInt8] {
            var list = ByteWriter()
            for value in Self.parsed(wire) where selection.holds(value) && value.isShown(toReaders: isWhole) {
                value.write(to: &list)
            }
            return list.bytes
        }
        let (own, answered) = (list(isWhole ? self.own : self.answered), list(self.answered))
        let shownState = isWhole ? state : .active
        let start = writer.mark
        do throws(WireError) {
            try writer.write(handle: name.rawSpan, values: own.rawSpan, state: shownState, answered: answered.rawSpan)
        } catch {
            writer.rewind(to: start)
            writer.beginObject()
            writer.endObject()
        }
    }
}

/// Which values of a record are asked for: by index or type, or all.
struct ValueSelection: Sendable {
    var indexes: Set<UInt32> = []
    /// One that ends in a dot stands for all below it.
    var types: [[UInt8]] = []

    init() {}

    init(_ parameters: HTTPParameters) {
        indexes = Set(parameters.all("index").compactMap { UInt32(String(decoding: $0, as: UTF8.self)) })
        types = parameters.all("type")
    }

    func holds(_ value: HandleValue) -> Bool {
        if indexes.isEmpty && types.isEmpty { return true }
        return indexes.contains(value.index)
            || types.contains { ValueType.matches(requested: $0.rawSpan, type: value.type.rawSpan) }
    }
}

extension HandleValue {
    fileprivate func isShown(toReaders isReader: Bool) -> Bool {
        guard !isSecret, UTF8Text.isValid(type.rawSpan),
            references.allSatisfy({ UTF8Text.isValid($0.handle.rawSpan) })
        else { return false }
        return permissions.contains(.publicRead) || isReader && permissions.contains(.administratorRead)
    }
}

extension IndexKey {
    /// Takes a handle as it came, by the rule of case of its prefix; false where no handle is called so.
    mutating func set(_ handle: [UInt8], in snapshot: borrowing IndexSnapshot) throws(IndexError) -> Bool {
        guard UTF8Text.isValid(handle.rawSpan), set(handle.rawSpan, caseRule: .insensitive) else { return false }
        guard let rule = try snapshot.prefixRow(prefix)?.entry.caseRule, rule != .insensitive else { return true }
        return set(handle.rawSpan, caseRule: rule)
    }
}

extension IndexSnapshot {
    /// What is stored under a name.
    func place(of handle: [UInt8]) throws(IndexError) -> StoredHandle.Place {
        var key = IndexKey()
        guard try key.set(handle, in: self), let record = try record(for: key) else {
            return StoredHandle.Place(handle: nil, sequence: 0)
        }
        guard !record.flags.contains(.deleted) else {
            return StoredHandle.Place(handle: nil, sequence: record.sequence)
        }
        return StoredHandle.Place(handle: StoredHandle(record, key: key.name), sequence: record.sequence)
    }

    /// The handle as it was at a time, milliseconds since 1970; nil where there was none.
    func handle(_ handle: [UInt8], at time: UInt64) throws(IndexError) -> StoredHandle? {
        var key = IndexKey()
        guard try key.set(handle, in: self), let record = try record(for: key, at: time) else { return nil }
        return StoredHandle(record, key: key.name)
    }
}

extension StoredHandle {
    init(_ record: RecordView, key: RawSpan) {
        self.init(
            name: record.name?.array ?? key.array, state: record.state, own: record.ownValues.array,
            answered: record.values.array, sequence: record.sequence)
    }
}
