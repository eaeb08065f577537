import BanyanRegistry
import ByteStreams
import HandleProtocol

/// What a format is to the loader: rows one after the other.
protocol RecordSource: ~Copyable {
    /// Where the row last taken stands.
    var place: RowPlace { get }

    /// Takes the next row. A registration is left in `buffer`.
    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent

    /// Goes on behind the row that ended at `offset`; false when the input is shorter.
    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool

    /// Who does what stands behind `offset`, in the order in which it was said; to be asked before `resume`.
    mutating func takeLogins(before offset: UInt64) throws(SourceError) -> [BatchLogin]

    /// Appends the text of the row last taken.
    func appendRow(to writer: inout ByteWriter)

    /// Whether rows that have been done can be done again without harm.
    var isRepeatable: Bool { get }

    /// What stands at the top of a file of rejects.
    var rejectsHead: [UInt8] { get }

    /// A row's text with the reason of its refusal, as a later load passes it over; line end included.
    func rejected(_ row: RawSpan, reason: String) -> [UInt8]
}

extension RecordSource where Self: ~Copyable {
    var isRepeatable: Bool { true }
    mutating func takeLogins(before offset: UInt64) throws(SourceError) -> [BatchLogin] { [] }
    var rejectsHead: [UInt8] { [] }

    /// Takes the next row, good or bad.
    mutating func take(into buffer: inout RecordBuffer) throws(StreamError) -> Result<RowContent, RowError> {
        do throws(SourceError) {
            return .success(try next(into: &buffer))
        } catch {
            switch error {
            case .row(let error): return .failure(error)
            case .stream(let error): throw error
            }
        }
    }
}

/// Where a row stands in its input.
struct RowPlace {
    /// Its first line, from 1.
    var line: Int
    /// Where the next row begins, in inflated bytes from the input's start.
    var offset: UInt64
    /// Bytes of the file on disk read so far.
    var filePosition: UInt64
}

/// What a row turned out to be.
enum RowContent {
    /// A registration: handle and values are in the buffer.
    case record
    /// Other changes, in order.
    case changes([Change])
    /// Who does what follows; passed over where nobody asks.
    case login(BatchLogin)
    /// A blank line, a comment, an `_error` alone.
    case passedOver
    case end
}

/// A row of JSON with its reason as first member: a reason from an earlier load is replaced.
enum JSONRow {
    private static let member = Array("{\"_error\":".utf8)

    static func rejected(_ row: RawSpan, reason: String) -> [UInt8] {
        var writer = JSONWriter(capacity: row.byteCount + reason.utf8.count + 16)
        writer.beginObject()
        writer.name("_error")
        writer.write(reason)
        var bytes = writer.bytes
        guard let body = body(of: row.array) else {
            // No object to put a member in: the reason gets a line of its own in front.
            return bytes + Array("}\n".utf8) + row.array + [0x0A]
        }
        if body.first != UInt8(ascii: "}") { bytes.append(UInt8(ascii: ",")) }
        return bytes + body + [0x0A]
    }

    /// What stands behind the opening brace, and behind a reason that is there already.
    private static func body(of row: [UInt8]) -> ArraySlice<UInt8>? {
        guard let brace = row.firstIndex(where: { $0 > 0x20 }), row[brace] == UInt8(ascii: "{") else { return nil }
        let rest = row[(brace + 1)...]
        guard row[brace...].starts(with: member) else { return rest.drop { $0 <= 0x20 } }
        var reader = JSONReader(row.rawSpan.extracting(droppingFirst: brace + member.count))
        guard (try? reader.readString()) != nil else { return rest }
        let behind = row[(brace + member.count + reader.position)...].drop { $0 <= 0x20 }
        return behind.first == UInt8(ascii: ",") ? behind.dropFirst() : behind
    }
}
