public import BanyanRegistry
import Foundation

/// Sealed files in a folder of a test's own.
public struct FolderFiles: SealedFiles {
    private let folder: TemporaryFolder

    public init(folder: TemporaryFolder) { self.folder = folder }

    public func write(_ bytes: [UInt8], to name: String) throws { try folder.write(bytes, to: name) }
    public func read(_ name: String) throws -> [UInt8] { try folder.read(name) }
    public func remove(_ name: String) throws {
        guard FileManager.default.fileExists(atPath: folder.path + "/" + name) else { return }
        try FileManager.default.removeItem(atPath: folder.path + "/" + name)
    }

    public var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }
}
