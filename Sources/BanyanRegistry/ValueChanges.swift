import HandleProtocol

/// A record's values after some were added, modified or removed. All lists have been checked before.
enum ValueChanges {
    /// Old and new together, sorted by index: of all changes only this one sorts, as the reference does.
    static func add(
        _ new: RawSpan, to old: RawSpan, overwrites: Bool, into result: inout ScratchBytes
    ) throws(RegistrationError) {
        var added = try positions(of: new)
        let kept = try positions(of: old)
        for (index, range) in added {
            guard let there = kept[index] else { continue }
            guard overwrites else { throw .valueExists }
            if ValueRules.areSame(new.extracting(range), old.extracting(there)) { added[index] = nil }
        }
        for index in Set(added.keys).union(kept.keys).sorted() {
            if let range = added[index] {
                result.write(raw: new.extracting(range))
            } else if let range = kept[index] {
                result.write(raw: old.extracting(range))
            }
        }
    }

    /// A value that is there and the same, timestamp apart, keeps its timestamp.
    static func modify(_ new: RawSpan, in old: RawSpan, into result: inout ScratchBytes) throws(RegistrationError) {
        var modified = try positions(of: new)
        var list = ValueListView(old)
        while let value = try ValueRules.next(&list) {
            guard let range = modified.removeValue(forKey: value.index) else {
                result.write(raw: value.bytes)
                continue
            }
            let replacement = new.extracting(range)
            result.write(raw: ValueRules.areSame(value.bytes, replacement) ? value.bytes : replacement)
        }
        guard modified.isEmpty else { throw .valueNotFound }
    }

    /// `indexes` has four bytes each.
    static func remove(_ indexes: RawSpan, from old: RawSpan, into result: inout ScratchBytes) throws(RegistrationError)
    {
        guard indexes.byteCount > 0 else { throw .noValues }
        guard indexes.byteCount % 4 == 0 else { throw .malformedValue }
        var removed: Set<UInt32> = []
        for offset in stride(from: 0, to: indexes.byteCount, by: 4) {
            guard removed.insert(indexes.bigEndianUInt32(at: offset)).inserted else { throw .duplicateIndex }
        }
        var list = ValueListView(old)
        while let value = try ValueRules.next(&list) {
            if removed.remove(value.index) == nil { result.write(raw: value.bytes) }
        }
        guard removed.isEmpty else { throw .valueNotFound }
    }

    /// Where each index has its value.
    private static func positions(of values: RawSpan) throws(RegistrationError) -> [UInt32: Range<Int>] {
        var positions: [UInt32: Range<Int>] = [:]
        var offset = 0
        var list = ValueListView(values)
        while let value = try ValueRules.next(&list) {
            positions[value.index] = offset..<offset + value.bytes.byteCount
            offset += value.bytes.byteCount
        }
        return positions
    }
}
