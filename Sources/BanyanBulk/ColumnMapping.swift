public import HandleProtocol

/// What the columns of a CSV file become: from names in the header as `1:URL`, and from a mapping file for other names.
public struct ColumnMapping: Equatable, Sendable {
    /// What one column becomes in every record.
    public struct Column: Equatable, Sendable {
        public var index: UInt32
        public var type: [UInt8]
        public var timeToLive: TimeToLive
        public var permissions: Permission
        /// The same for every record: a column that the file does not have.
        public var constant: [UInt8]?

        public init(
            index: UInt32, type: [UInt8], timeToLive: TimeToLive = .usual, permissions: Permission = .usual,
            constant: [UInt8]? = nil
        ) {
            self.index = index
            self.type = type
            self.timeToLive = timeToLive
            self.permissions = permissions
            self.constant = constant
        }

        /// Of a header's name `INDEX:TYPE`; nil for any other.
        init?(headerName name: [UInt8]) {
            guard let reference = ValueReference(text: name.rawSpan), reference.index > 0 else { return nil }
            self.init(index: reference.index, type: reference.handle)
        }
    }

    /// By column name.
    public var columns: [String: Column]

    public init(columns: [String: Column] = [:]) { self.columns = columns }

    /// Reads a mapping file:
    ///
    ///     [columns.名称]                # or ["product name"], or  名称 = { index = 2, type = "名称" }
    ///     index = 2
    ///     type = "名称"
    ///     ttl = 86400                  # seconds; may be left out
    ///     permissions = "1110"         # may be left out
    ///     value = "…"                  # a column that the file does not have: the same for every record
    ///
    /// - Throws: `.configuration` with file, line and key.
    public init(parsing bytes: [UInt8], path: String) throws(BulkError) {
        var reader = MappingReader(bytes: bytes)
        var drafts: [String: Draft] = [:]
        do throws(MappingError) {
            for entry in try reader.entries() {
                let keys = entry.path.count > 2 && entry.path[0] == "columns" ? Array(entry.path[1...]) : entry.path
                guard keys.count == 2 else {
                    throw MappingError(line: entry.line, "\(entry.path.joined(separator: ".")): no column's key")
                }
                var draft = drafts[keys[0]] ?? Draft(line: entry.line)
                try draft.set(keys[1], entry)
                drafts[keys[0]] = draft
            }
            columns = [:]
            for (name, draft) in drafts { columns[name] = try draft.column(named: name) }
        } catch {
            throw .configuration(path: path, line: error.line, RowError(error.reason))
        }
    }

    /// A column whose keys are still being read.
    private struct Draft {
        var line: Int
        var index: UInt32?
        var type: [UInt8]?
        var timeToLive = TimeToLive.usual
        var permissions = Permission.usual
        var constant: [UInt8]?

        mutating func set(_ key: String, _ entry: MappingEntry) throws(MappingError) {
            switch (key, entry.value) {
            case ("index", .integer(let value)) where value > 0 && value <= Int64(Int32.max):
                index = UInt32(value)
            case ("type", .text(let value)) where !value.isEmpty: type = Array(value.utf8)
            case ("ttl", .integer(let value)) where value >= 0 && value <= Int64(Int32.max):
                timeToLive = .seconds(UInt32(value))
            case ("value", .text(let value)): constant = Array(value.utf8)
            case ("permissions", .text(let value)):
                let digits = Array(value.utf8)
                guard let permissions = Permission(text: digits.rawSpan) else { fallthrough }
                self.permissions = permissions
            default:
                throw MappingError(
                    line: entry.line,
                    """
                    \(key): give index (a number from 1 to 2147483647), type (a text), ttl (seconds), permissions \
                    (four digits 0 or 1 as text) or value (a text)
                    """)
            }
        }

        func column(named name: String) throws(MappingError) -> Column {
            guard let index else { throw MappingError(line: line, "\(name): index is missing; add it") }
            guard let type else { throw MappingError(line: line, "\(name): type is missing; add it") }
            return Column(
                index: index, type: type, timeToLive: timeToLive, permissions: permissions, constant: constant)
        }
    }
}
