public import ByteStreams
import HandleProtocol

/// Why one row is refused: the field, the reason, and what to do.
public struct RowError: Error, Equatable, Sendable {
    /// A member's path, a column's name; empty for the whole row.
    public var field: String
    public var reason: String

    public init(field: String = "", _ reason: String) {
        self.field = field
        self.reason = reason
    }

    /// A member of a JSON row, with its column, counted in bytes from 1.
    init(_ error: RecordError) {
        self.init(field: error.path, "\(error.cause.reason) (column \(error.cause.offset + 1))")
    }
}

extension RowError: CustomStringConvertible {
    public var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
}

/// A refused row, and where it stands.
public struct RejectedRow: Equatable, Sendable, CustomStringConvertible {
    public var path: String
    /// The row's first line, from 1.
    public var line: Int
    public var error: RowError

    public var description: String { "\(path):\(line): \(error)" }
}

/// Why a source gives no row: this row is bad, or nothing more can be read.
enum SourceError: Error {
    case row(RowError)
    case stream(StreamError)
}

/// Why an input as a whole cannot be loaded, or the index not be dumped.
public enum BulkError: Error, Equatable, Sendable {
    case stream(StreamError)
    /// A header or a mapping that makes no sense: file, line, field, reason.
    case configuration(path: String, line: Int, RowError)
    /// No format was given, and the first lines tell none.
    case unknownFormat(path: String)
}

extension BulkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stream(let error): error.description
        case .configuration(let path, let line, let error): "\(path):\(line): \(error)"
        case .unknownFormat(let path):
            "\(path):1: the format cannot be told from the first lines; give --format, or a header with `handle` to CSV"
        }
    }
}
