internal import BanyanIndex
internal import HandleProtocol

/// Which values a query gets (RFC 3652 §3.2.1, RFC 3651 §3.1).
///  1. No index and no type listed: every value.
///  2. Otherwise the union: listed index, or listed type. Unknown and repeated ones are ignored.
///  3. PUBL set: of these, the publicly readable ones; none left is "values not found".
///  4. PUBL clear: one that nobody may read is "insufficient permissions"; else one for administrators only asks for
///     a proof first; else all of them.
///  5. Values come in the order in which they are stored.
struct ValueSelection {
    enum Verdict { case some, none, unreadable, administratorsOnly }

    let verdict: Verdict
    let count: Int
    let byteCount: Int
    /// Every value of the record: one copy.
    private let isWhole: Bool
    private let publicOnly: Bool

    @inline(__always)
    init(of query: borrowing QueryView, from record: borrowing RecordView, publicOnly: Bool) throws(WireError) {
        self.publicOnly = publicOnly
        if query.selectsAll && record.flags.contains(.allValuesPublic) {
            isWhole = true
            count = record.valueCount
            byteCount = record.values.byteCount
            verdict = count > 0 ? .some : .none
            return
        }
        isWhole = false
        var count = 0
        var byteCount = 0
        var isUnreadable = false
        var isForAdministrators = false
        var values = ValueListView(record.values)
        while let value = try values.next() {
            guard query.selects(value) else { continue }
            let permissions = value.permissions
            if !permissions.contains(.publicRead) {
                if publicOnly { continue }
                if permissions.contains(.administratorRead) { isForAdministrators = true } else { isUnreadable = true }
            }
            count &+= 1
            byteCount &+= value.bytes.byteCount
        }
        self.count = count
        self.byteCount = byteCount
        verdict =
            isUnreadable ? .unreadable : isForAdministrators ? .administratorsOnly : count > 0 ? .some : .none
    }

    /// Writes the chosen values, without their count. False when they do not fit.
    @inline(__always)
    @_lifetime(output: copy output)
    func write(
        _ query: borrowing QueryView, from record: borrowing RecordView, to output: inout OutputRawSpan
    ) -> Bool {
        if isWhole { return output.write(raw: record.values) }
        var values = ValueListView(record.values)
        // The walk has succeeded once, over the same bytes.
        while let value = try? values.next() {
            guard query.selects(value), !publicOnly || value.permissions.contains(.publicRead) else { continue }
            guard output.write(raw: value.bytes) else { return false }
        }
        return true
    }
}

extension QueryView {
    /// Whether the value is asked for by index or type, or everything is.
    @inline(__always)
    func selects(_ value: borrowing ValueView) -> Bool {
        selectsAll || selects(index: value.index) || selects(type: value.type)
    }

    /// Whether any of the values is asked for.
    func selectsAny(of values: RawSpan) -> Bool {
        var list = ValueListView(values)
        while let value = try? list.next() {
            if selects(value) { return true }
        }
        return false
    }

    private func selects(index: UInt32) -> Bool {
        var offset = 0
        while offset < indexes.byteCount {
            if indexes.bigEndianUInt32(at: offset) == index { return true }
            offset &+= 4
        }
        return false
    }

    private func selects(type: RawSpan) -> Bool {
        var offset = 0
        while offset < types.byteCount {
            let length = Int(types.bigEndianUInt32(at: offset))
            offset &+= 4
            // The lengths were checked when the list was parsed.
            if ValueType.matches(requested: types.extracting(offset..<offset &+ length), type: type) { return true }
            offset &+= length
        }
        return false
    }
}

/// The values of a prefix record that say where the prefixes below it are served (RFC 3652 §3.4): public ones only.
struct ReferralValues {
    private(set) var count = 0
    private(set) var byteCount = 0

    init(in record: borrowing RecordView) throws(WireError) {
        var values = ValueListView(record.values)
        while let value = try values.next() {
            guard ReferralValues.isReferral(value) else { continue }
            count &+= 1
            byteCount &+= value.bytes.byteCount
        }
    }

    @_lifetime(output: copy output)
    func write(from record: borrowing RecordView, to output: inout OutputRawSpan) -> Bool {
        var values = ValueListView(record.values)
        while let value = try? values.next() {
            if ReferralValues.isReferral(value), !output.write(raw: value.bytes) { return false }
        }
        return true
    }

    private static func isReferral(_ value: borrowing ValueView) -> Bool {
        guard value.permissions.contains(.publicRead) else { return false }
        let type = value.type
        return type.equalsIgnoringCase("HS_SITE.PREFIX") || type.equalsIgnoringCase("HS_NA_DELEGATE")
            || type.equalsIgnoringCase("HS_SERV.PREFIX")
    }
}
