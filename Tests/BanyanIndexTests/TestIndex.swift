import BanyanIndex
import BanyanTestSupport
import HandleProtocol

/// An index in a folder of its own, and its writer.
final class TestIndex {
    let folder: TemporaryFolder
    private(set) var index: HandleIndex?

    init(chainAlgorithm: ChainAlgorithm = .sha256) throws {
        folder = try TemporaryFolder()
        index = try HandleIndex(directory: folder.path, access: .create, chainAlgorithm: chainAlgorithm)
    }

    func open() throws -> HandleIndex {
        if let index { return index }
        let opened = try HandleIndex(directory: folder.path, access: .readWrite)
        index = opened
        return opened
    }

    func close() { index = nil }

    /// One transaction at the time `now`.
    func write(at now: UInt64 = 1, _ body: (inout IndexWriter) throws -> Void) throws {
        var writer = IndexWriter(try open())
        try writer.begin(at: now)
        try body(&writer)
        try writer.commit()
    }

    /// Closes the index, changes the bytes of its file, and opens it again.
    func damage(_ body: (inout [UInt8]) -> Void) throws {
        close()
        var bytes = try folder.read("data.mdb")
        body(&bytes)
        try folder.write(bytes, to: "data.mdb")
        _ = try open()
    }
}

extension IndexWriter {
    /// Registers a handle, or deletes it where there are no values.
    mutating func store(_ handle: String, _ values: [HandleValue], caseRule: CaseRule = .insensitive) throws {
        var key = IndexKey()
        _ = key.set(Array(handle.utf8).rawSpan, caseRule: caseRule)
        try select(key)
        beginRecord(
            key, registered: Array(handle.utf8).rawSpan, flags: values.isEmpty ? .deleted : .allValuesPublic,
            valueCount: values.count)
        _ = appendValues(encoded(values).rawSpan)
        let principal = Array("local".utf8)
        try put(values.isEmpty ? .delete : .create, key, by: Origin(principal: principal.rawSpan, source: RawSpan()))
    }

    mutating func home(_ prefix: String, _ state: PrefixEntry.State = .active) throws {
        let principal = Array("local".utf8)
        try setPrefix(
            Array(prefix.utf8).rawSpan, to: PrefixEntry(caseRule: .insensitive, state: state), rules: [], .home,
            by: Origin(principal: principal.rawSpan, source: RawSpan()))
    }
}

/// What a snapshot says of a handle, copied.
struct Found: Equatable {
    var values: [UInt8]
    var valueCount: Int
    var name: [UInt8]?
    var flags: RecordFlags
    var sequence: UInt64

    init(_ record: RecordView) {
        values = record.values.array
        valueCount = record.valueCount
        name = record.name?.array
        flags = record.flags
        sequence = record.sequence
    }
}

func find(_ handle: String, in index: HandleIndex, at time: UInt64? = nil) throws -> Found? {
    let snapshot = try index.snapshot()
    var key = IndexKey()
    guard key.set(Array(handle.utf8).rawSpan, caseRule: .insensitive) else { return nil }
    if let time {
        guard let record = try snapshot.record(for: key, at: time) else { return nil }
        return Found(record)
    }
    guard let record = try snapshot.record(for: key) else { return nil }
    return Found(record)
}

func url(_ text: String) -> HandleValue {
    HandleValue(index: 1, timestamp: 7, type: Array("URL".utf8), data: Array(text.utf8))
}

/// Values in wire encoding.
func encoded(_ values: [HandleValue]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { value.write(to: &writer) }
    return writer.bytes
}

extension Array where Element: Equatable {
    /// Where `part` begins for the first time.
    func firstRange(of part: [Element]) -> Range<Int>? {
        guard !part.isEmpty, part.count <= count else { return nil }
        for start in 0...(count - part.count) where self[start] == part[0] {
            if self[start..<start + part.count].elementsEqual(part) { return start..<start + part.count }
        }
        return nil
    }
}
