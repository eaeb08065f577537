public import BanyanIndex
public import BanyanRegistry
import HandleProtocol

/// The index that the golden exchanges were recorded against, in a folder of its own.
public final class DatasetIndex: Sendable {
    private let folder: TemporaryFolder
    public let registrar: Registrar

    public var index: HandleIndex { registrar.index }

    public init() throws {
        folder = try TemporaryFolder()
        registrar = try Registrar(directory: folder.path, access: .create)
        var set = ChangeSet(onConflict: .replace)
        for line in try Vectors.load("dataset") {
            if let site = line.fields["siteinfo_hex"].hex {
                set.append(.setSite(record: site, serverPosition: 0))
            } else if let prefix = line.fields["homed"].string {
                set.append(.home(prefix: Array(prefix.dropFirst("0.NA/".count).utf8), caseRule: .insensitive))
            } else if let handle = line.fields["handle"].string {
                let values = line.fields["values_hex"].array?.compactMap(\.hex).flatMap { $0 } ?? []
                set.append(.put(handle: Array(handle.utf8), values: values))
            }
            if set.isFull {
                try submit(set)
                set.removeAll()
            }
        }
        set.append(
            .setSetting(name: Array("administrators".utf8), value: Self.administrators(300, 301)))
        try submit(set)
    }

    /// The recorded server's administrators: two keys in one prefix's record.
    private static func administrators(_ indexes: UInt32...) -> [UInt8] {
        var writer = ByteWriter()
        ValueList(references: indexes.map { ValueReference(handle: Array("0.NA/88.100.1".utf8), index: $0) })
            .write(to: &writer)
        return writer.bytes
    }

    private func submit(_ set: ChangeSet) throws {
        if let rejection = try registrar.submit(set).rejections.first { throw rejection.error }
    }
}
