import BanyanRegistry
import ByteStreams
import HandleProtocol

/// The Handle tools' batch file: blocks with an empty line behind each. AUTHENTICATE and SESSIONSETUP blocks count
/// where the file goes to a server: who may write into a data directory needs no login. Lines that begin with `#` are
/// comments.
struct BatchSource: RecordSource, ~Copyable {
    var lines: LineReader
    /// The block last taken.
    private var block = ByteWriter()
    private var blockLine = 0

    init(_ lines: consuming LineReader) { self.lines = lines }

    mutating func next(into buffer: inout RecordBuffer) throws(SourceError) -> RowContent {
        guard try takeBlock() else { return .end }
        let all = block.bytes.split(separator: 0x0A, omittingEmptySubsequences: true)
        guard let start = all.firstIndex(where: { $0.first != Self.commentMark }) else { return .passedOver }
        let words = all[start].split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: true)
        let verb = words.isEmpty ? "" : String(decoding: words[0], as: UTF8.self)
        let argument = words.count > 1 ? Array(words[1]) : []
        let rows = all[(start + 1)...]
        if verb == "AUTHENTICATE" || verb == "SESSIONSETUP" {
            // A secret may begin like a comment.
            return .login(BatchLogin.parse(verb, argument, rows.map(Array.init)))
        }
        do throws(RowError) {
            return try Self.content(
                verb, argument, rows.filter { $0.first != Self.commentMark }.map(Array.init), into: &buffer)
        } catch {
            throw .row(error)
        }
    }

    private static let commentMark = UInt8(ascii: "#")

    /// The last of each kind: those before are of no account any more.
    mutating func takeLogins(before offset: UInt64) throws(SourceError) -> [BatchLogin] {
        var session: BatchLogin?
        var authentication: BatchLogin?
        var buffer = RecordBuffer()
        while place.offset < offset {
            do throws(SourceError) {
                switch try next(into: &buffer) {
                case .login(.session(let setup)): session = .session(setup)
                case .login(let login): authentication = login
                case .end: return [session, authentication].compactMap { $0 }
                default: continue
                }
            } catch {
                guard case .row = error else { throw error }
            }
        }
        return [session, authentication].compactMap { $0 }
    }

    /// Takes the lines up to the next empty one; false at the end.
    private mutating func takeBlock() throws(SourceError) -> Bool {
        block.truncate(to: 0)
        while try lines.advanceRow() {
            if lines.isBlank {
                if block.byteCount > 0 { return true }
                continue
            }
            if block.byteCount == 0 { blockLine = lines.place.line }
            guard block.byteCount + lines.line.byteCount <= LineReader.lineByteCountMax else {
                throw .row(.lineTooLong)
            }
            lines.writeLine(to: &block)
            block.write(UInt8(ascii: "\n"))
        }
        return block.byteCount > 0
    }

    private static func content(
        _ verb: String, _ argument: [UInt8], _ rows: [[UInt8]], into buffer: inout RecordBuffer
    ) throws(RowError) -> RowContent {
        switch verb {
        case "CREATE", "ADD", "MODIFY":
            guard !argument.isEmpty else { throw RowError(field: verb, "the handle is missing; add it") }
            buffer.removeAll()
            buffer.setHandle(argument.rawSpan)
            for (position, row) in rows.enumerated() {
                do throws(RowError) {
                    buffer.append(try BatchValue.parse(row))
                } catch {
                    throw RowError(field: "line \(position + 2) of the block, \(error.field)", error.reason)
                }
            }
            switch verb {
            case "ADD": return .changes([.addValues(handle: argument, values: buffer.values.bytes)])
            case "MODIFY": return .changes([.modifyValues(handle: argument, values: buffer.values.bytes)])
            default: return .record
            }
        case "REMOVE": return .changes([try removal(argument)])
        case "DELETE":
            guard !argument.isEmpty else { throw RowError(field: verb, "the handle is missing; add it") }
            return .changes([.delete(handle: argument)])
        case "HOME": return .changes(try prefixes(rows).map { .home(prefix: $0.bytes, caseRule: .insensitive) })
        case "UNHOME": return .changes(try prefixes(rows).map { .unhome(prefix: $0.bytes) })
        default:
            throw RowError("no such operation; use one of \(BulkFormat.batchVerbs.joined(separator: ", "))")
        }
    }

    /// `5,3:88.118.8/SN-1`.
    private static func removal(_ argument: [UInt8]) throws(RowError) -> Change {
        let wrong = RowError(field: "REMOVE", "give INDEX,INDEX:HANDLE")
        guard let colon = argument.firstIndex(of: UInt8(ascii: ":")), colon + 1 < argument.count else { throw wrong }
        var indexes: [UInt32] = []
        for word in argument[..<colon].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let index = Int32(String(decoding: word, as: UTF8.self)), index > 0 else { throw wrong }
            indexes.append(UInt32(index))
        }
        return .removeValues(handle: Array(argument[(colon + 1)...]), indexes: indexes)
    }

    private static func prefixes(_ rows: [[UInt8]]) throws(RowError) -> [Prefix] {
        guard !rows.isEmpty else { throw RowError("no prefix; give each as 0.NA/PREFIX on a line of its own") }
        var prefixes: [Prefix] = []
        for row in rows {
            guard let prefix = Prefix(row) else { throw RowError("no prefix; give it as 0.NA/PREFIX") }
            prefixes.append(prefix)
        }
        return prefixes
    }

    mutating func resume(at offset: UInt64) throws(SourceError) -> Bool { try lines.resume(at: offset) }

    var place: RowPlace {
        var place = lines.place
        if block.byteCount > 0 { place.line = blockLine }
        return place
    }

    func appendRow(to writer: inout ByteWriter) {
        if block.byteCount > 0 {
            writer.write(raw: block.bytes)
        } else {
            lines.writeLine(to: &writer)
            writer.write(UInt8(ascii: "\n"))
        }
    }

    /// Adding a value, or removing it, fails the second time.
    var isRepeatable: Bool { false }

    /// The reason as a comment in front; one from an earlier load is replaced.
    func rejected(_ row: RawSpan, reason: String) -> [UInt8] {
        let rows = row.array.split(separator: 0x0A).filter { !$0.starts(with: Self.reasonMark) }
        var text = Self.reasonMark + Array(reason.utf8) + [0x0A]
        for row in rows { text += row + [0x0A] }
        return text + [0x0A]
    }

    private static let reasonMark = Array("# _error: ".utf8)
}
