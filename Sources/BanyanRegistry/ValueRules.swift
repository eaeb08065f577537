import HandleProtocol

/// What a list of values in wire encoding amounts to, once it has been found to be one.
struct ValueListSummary {
    var count = 0
    /// Everyone may read every value.
    var isAllPublic = true
    /// Some value has no timestamp yet.
    var lacksTimestamps = false
}

/// What values must be like (RFC 3651 §3.1):
///  1. Whole values in wire encoding, nothing behind them.
///  2. At most 2,048 of them, with at most 259,072 bytes: so that every answer fits in one message.
///  3. Each index between 1 and 2,147,483,647, since clients read it as a signed number; none twice.
struct ValueRules: ~Copyable {
    /// Kept between calls; used only where indexes do not rise.
    private var indexes: [UInt32] = []

    mutating func check(_ values: RawSpan) throws(RegistrationError) -> ValueListSummary {
        guard values.byteCount <= Limits.recordByteCount else { throw .recordTooLong }
        var summary = ValueListSummary()
        var last: UInt32 = 0
        var rises = true
        var list = ValueListView(values)
        while let value = try Self.next(&list) {
            let index = value.index
            guard index > 0, index <= UInt32(Int32.max) else { throw .invalidIndex }
            guard index != last else { throw .duplicateIndex }
            rises = rises && index > last
            last = index
            summary.count += 1
            if !value.permissions.contains(.publicRead) { summary.isAllPublic = false }
            if value.timestamp == 0 { summary.lacksTimestamps = true }
        }
        guard summary.count <= Limits.valueCount else { throw .tooManyValues }
        if !rises { try checkDuplicates(values) }
        return summary
    }

    private mutating func checkDuplicates(_ values: RawSpan) throws(RegistrationError) {
        indexes.removeAll(keepingCapacity: true)
        var list = ValueListView(values)
        while let value = try Self.next(&list) { indexes.append(value.index) }
        indexes.sort()
        for position in indexes.indices.dropFirst() where indexes[position] == indexes[position - 1] {
            throw .duplicateIndex
        }
    }

    @_lifetime(copy list)
    static func next(_ list: inout ValueListView) throws(RegistrationError) -> ValueView? {
        do throws(WireError) { return try list.next() } catch { throw .malformedValue }
    }

    /// Whether both lists hold the same values in the same order, timestamps apart. Both have been checked.
    static func areSame(_ one: RawSpan, _ other: RawSpan) -> Bool {
        guard one.byteCount == other.byteCount else { return false }
        var first = ValueListView(one)
        var second = ValueListView(other)
        do throws(WireError) {
            while let value = try first.next() {
                guard let other = try second.next(), value.bytes.byteCount == other.bytes.byteCount,
                    value.index == other.index,
                    value.bytes.extracting(8..<value.bytes.byteCount)
                        .hasSameBytes(as: other.bytes.extracting(8..<other.bytes.byteCount))
                else { return false }
            }
            return true
        } catch {
            return false
        }
    }
}
