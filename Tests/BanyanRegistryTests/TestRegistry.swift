import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol

/// A registrar over a new index in a folder of its own.
final class TestRegistry {
    let folder: TemporaryFolder
    let registrar: Registrar

    init(chainAlgorithm: ChainAlgorithm = .sha256, homing prefixes: [String] = ["88.100.1"]) throws {
        folder = try TemporaryFolder()
        registrar = try Registrar(directory: folder.path, access: .create, chainAlgorithm: chainAlgorithm)
        _ = try submit(prefixes.map { .home(prefix: Array($0.utf8), caseRule: .insensitive) })
    }

    func submit(_ changes: [Change], onConflict rule: ConflictRule = .fail) throws -> ChangeSetResult {
        var set = ChangeSet(onConflict: rule)
        for change in changes { set.append(change) }
        return try registrar.submit(set)
    }

    /// The values of a handle; nil where it is not, or deleted.
    func values(of handle: String) throws -> [HandleValue]? {
        let snapshot = try registrar.index.snapshot()
        var key = IndexKey()
        guard key.set(Array(handle.utf8).rawSpan, caseRule: .insensitive), let record = try snapshot.record(for: key),
            !record.flags.contains(.deleted)
        else { return nil }
        return try parse(record.values)
    }
}

/// Values in wire encoding.
func encoded(_ values: [HandleValue]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { value.write(to: &writer) }
    return writer.bytes
}

func parse(_ bytes: RawSpan) throws -> [HandleValue] {
    var reader = ByteReader(bytes)
    var values: [HandleValue] = []
    while !reader.isAtEnd { values.append(try HandleValue(parsing: &reader)) }
    return values
}

func url(_ text: String, index: UInt32 = 1, timestamp: UInt32 = 0) -> HandleValue {
    HandleValue(index: index, timestamp: timestamp, type: Array("URL".utf8), data: Array(text.utf8))
}

func put(_ handle: String, _ values: HandleValue...) -> Change {
    .put(handle: Array(handle.utf8), values: encoded(values))
}
