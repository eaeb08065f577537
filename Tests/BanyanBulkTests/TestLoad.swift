import BanyanBulk
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import ByteStreams
import HandleProtocol

/// A data directory of its own, and files to load into it.
final class TestLoad: LoadObserver {
    let folder: TemporaryFolder
    let registrar: Registrar
    private(set) var rejections: [String] = []
    private(set) var resumptions: [LoadReport.Resumption] = []
    private(set) var progressCount = 0

    init(homing prefixes: [String] = ["88.118.8"]) throws {
        folder = try TemporaryFolder()
        registrar = try Registrar(directory: folder.path, access: .create)
        var set = ChangeSet()
        for prefix in prefixes { set.append(.home(prefix: Array(prefix.utf8), caseRule: .insensitive)) }
        _ = try registrar.submit(set)
    }

    /// Writes a file and gives its path; deflated when its name ends in `.gz`.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.close()
        return path
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    @discardableResult
    func load(
        _ paths: String..., options: LoadOptions = LoadOptions(), into sink: (any ChangeSink)? = nil
    ) throws -> LoadReport {
        rejections = []
        resumptions = []
        let loader = Loader(.store(sink ?? registrar), options: options, observer: self)
        try loader.load(paths)
        return loader.report
    }

    func rehearse(_ path: String, options: LoadOptions = LoadOptions()) throws -> LoadReport {
        rejections = []
        let loader = Loader(.rehearsal(registrar.index), options: options, observer: self)
        try loader.load([path])
        return loader.report
    }

    /// The values of a handle; nil where it is not.
    func values(_ handle: String) throws -> [HandleValue]? {
        let snapshot = try registrar.index.snapshot()
        var key = IndexKey()
        guard key.set(Array(handle.utf8).rawSpan, caseRule: .insensitive), let record = try snapshot.record(for: key),
            !record.flags.contains(.deleted)
        else { return nil }
        var reader = ByteReader(record.values)
        var values: [HandleValue] = []
        while !reader.isAtEnd { values.append(try HandleValue(parsing: &reader)) }
        return values
    }

    /// The data of a value as text.
    func text(_ handle: String, _ index: UInt32) throws -> String? {
        try values(handle)?.first { $0.index == index }.map { String(decoding: $0.data, as: UTF8.self) }
    }

    func read(_ name: String) throws -> String { String(decoding: try folder.read(name), as: UTF8.self) }

    func rejected(_ row: RejectedRow) {
        var row = row
        row.path = String(row.path.split(separator: "/").last ?? "")
        rejections.append(row.description)
    }

    func resumed(_ resumption: LoadReport.Resumption) { resumptions.append(resumption) }
    func progressed(_ progress: LoadProgress) { progressCount += 1 }
}

/// `count` records of JSON Lines, in order.
func jsonLines(_ count: Int, start: Int = 0, prefix: String = "88.118.8") -> String {
    (start..<(start + count)).map { number in
        let name = String(1_000_000 + number)
        return
            #"{"handle":"\#(prefix)/SN-\#(name)","values":[{"index":1,"type":"URL","#
            + #""data":"https://example.cn/\#(name)","timestamp":"2026-01-02T03:04:05Z"}]}"# + "\n"
    }.joined()
}

func administrator(_ value: HandleValue) throws -> AdminRecord {
    let data = value.data
    return try AdminRecord(parsing: data.rawSpan)
}

func list(_ value: HandleValue) throws -> ValueList {
    let data = value.data
    return try ValueList(parsing: data.rawSpan)
}
