import BanyanIndex
import HandleProtocol

/// What a format is to the dumper: records one after the other, as text.
protocol RecordDump {
    /// What stands at the top, once all records have been looked at.
    func writeHead(to writer: inout JSONWriter)

    /// Looks at a record before anything is written; only formats that ask for it are shown all records twice.
    mutating func survey(values: RawSpan)
    var needsSurvey: Bool { get }

    /// Writes a record, and says how much of it could not be held.
    func write(handle: RawSpan, record: RecordView, to writer: inout JSONWriter) -> LeftOut
}

extension RecordDump {
    var needsSurvey: Bool { false }
    func writeHead(to writer: inout JSONWriter) {}
    mutating func survey(values: RawSpan) {}
}

/// What a format could not hold of a record.
enum LeftOut: Equatable {
    case nothing
    case values(Int)
    case record
}

/// A record of the REST interface a line. Complete: timestamps of 0 are written too.
struct JSONLinesDump: RecordDump {
    func write(handle: RawSpan, record: RecordView, to writer: inout JSONWriter) -> LeftOut {
        let start = writer.mark
        do throws(WireError) {
            try writer.write(
                handle: handle, values: record.ownValues, state: record.state, answered: record.values,
                keepsEmptyTimestamps: true)
        } catch {
            writer.rewind(to: start)
            return .record
        }
        writer.endLine()
        return .nothing
    }
}

/// Values in wire encoding. Complete, with the prefixes that are homed.
struct WireDump: RecordDump {
    /// Folded names without `0.NA/`, and whether their local names are told apart by case.
    var prefixes: [(name: [UInt8], isCaseSensitive: Bool)]

    func writeHead(to writer: inout JSONWriter) {
        for prefix in prefixes {
            writer.beginObject()
            writer.name("homed")
            let handle = Array("0.NA/".utf8) + prefix.name
            writer.write(utf8: handle.rawSpan)
            if prefix.isCaseSensitive {
                writer.name("case_sensitive")
                writer.write(true)
            }
            writer.endObject()
            writer.endLine()
        }
    }

    func write(handle: RawSpan, record: RecordView, to writer: inout JSONWriter) -> LeftOut {
        guard UTF8Text.isValid(handle) else { return .record }
        let start = writer.mark
        writer.beginObject()
        writer.name("handle")
        writer.write(utf8: handle)
        do throws(WireError) {
            try write("values_hex", record.ownValues, to: &writer)
            if record.state != .active {
                writer.name("state")
                writer.write(record.state.description)
                try write("answered_hex", record.values, to: &writer)
            }
        } catch {
            writer.rewind(to: start)
            return .record
        }
        writer.endObject()
        writer.endLine()
        return .nothing
    }
}

extension WireDump {
    private func write(_ name: StaticString, _ values: RawSpan, to writer: inout JSONWriter) throws(WireError) {
        writer.name(name)
        writer.beginArray()
        var list = ValueListView(values)
        while let value = try list.next() { writer.write(hex: value.bytes) }
        writer.endArray()
    }
}

/// The Handle tools' batch file: a CREATE block a record. It knows no handles that are out of use.
struct BatchDump: RecordDump {
    func write(handle: RawSpan, record: RecordView, to writer: inout JSONWriter) -> LeftOut {
        guard record.state == .active else { return .record }
        let values = record.values
        guard BatchValue.isLine(handle), handle.byte(at: 0) != 0x20, UTF8Text.isValid(handle) else { return .record }
        var lines: [[UInt8]] = []
        var leftOutCount = 0
        var list = ValueListView(values)
        while let value = try? list.next() {
            if let line = BatchValue.text(of: value) { lines.append(line) } else { leftOutCount += 1 }
        }
        guard !lines.isEmpty || leftOutCount == 0 else { return .record }
        writer.write(raw: Array("CREATE ".utf8) + handle.array + [0x0A])
        for line in lines { writer.write(raw: line + [0x0A]) }
        writer.write(raw: [0x0A])
        return leftOutCount > 0 ? .values(leftOutCount) : .nothing
    }
}

/// CSV with a column for each index and type that is there. Holds text with the usual time to live and permissions, of
/// handles in use.
struct CSVDump: RecordDump {
    /// Most columns; values beyond are left out.
    static let columnCountMax = 1_024

    /// Names `INDEX:TYPE`, by index and type.
    private struct Column: Hashable, Comparable {
        var index: UInt32
        var type: [UInt8]

        static func < (one: Column, other: Column) -> Bool {
            one.index != other.index ? one.index < other.index : one.type.lexicographicallyPrecedes(other.type)
        }

        var name: [UInt8] { Array("\(index):".utf8) + type }
    }

    private var columns: Set<Column> = []
    /// In the header's order; set when the header is written.
    private var order: [Column] { columns.sorted() }

    var needsSurvey: Bool { true }

    mutating func survey(values: RawSpan) {
        var list = ValueListView(values)
        while let value = try? list.next() {
            guard columns.count < Self.columnCountMax, Self.cell(of: value) != nil else { continue }
            columns.insert(Column(index: value.index, type: value.type.array))
        }
    }

    func writeHead(to writer: inout JSONWriter) {
        writer.write(raw: CSVRow.text(of: [CSVHeader.handleColumn] + order.map(\.name)))
    }

    func write(handle: RawSpan, record: RecordView, to writer: inout JSONWriter) -> LeftOut {
        guard record.state == .active, UTF8Text.isValid(handle) else { return .record }
        let values = record.values
        var cells: [Column: [UInt8]] = [:]
        var leftOutCount = 0
        var list = ValueListView(values)
        while let value = try? list.next() {
            let column = Column(index: value.index, type: value.type.array)
            if columns.contains(column), cells[column] == nil, let cell = Self.cell(of: value) {
                cells[column] = cell
            } else {
                leftOutCount += 1
            }
        }
        guard !cells.isEmpty || leftOutCount == 0 else { return .record }
        writer.write(raw: CSVRow.text(of: [handle.array] + order.map { cells[$0] ?? [] }))
        return leftOutCount > 0 ? .values(leftOutCount) : .nothing
    }

    /// A value's cell; nil when CSV cannot hold it.
    private static func cell(of value: ValueView) -> [UInt8]? {
        let type = value.type
        guard value.bytes.byte(at: 8) == 0, value.bytes.bigEndianUInt32(at: 9) == TimeToLive.usual.value,
            value.permissions == .usual, BatchValue.hasNoReferences(value), Int32(bitPattern: value.index) > 0,
            type.byteCount > 0, UTF8Text.isValid(type)
        else { return nil }
        if type.equalsIgnoringCase("HS_ADMIN") { return ValueText.text(administrator: value.data) }
        if type.equalsIgnoringCase("HS_VLIST") {
            return ValueText.text(list: value.data).flatMap { $0.isEmpty ? nil : $0 }
        }
        guard value.data.byteCount > 0, UTF8Text.isValid(value.data) else { return nil }
        return value.data.array
    }
}
