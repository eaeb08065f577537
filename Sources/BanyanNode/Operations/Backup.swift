import BanyanIndex
import LMDB

/// A copy of the index as of one moment, made while the node serves, and back. Keys and settings are not in it: they
/// are small, change rarely, and keys do not belong where data go.
public struct Backup: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Writes the copy to `path`, which must not exist. `verify` proves the copy, in a process of its own, before it
    /// gets its name: what cannot be restored is no backup.
    public func write(to path: String, verify: (NodeDirectory) throws -> Void) throws {
        try directory.requireNode()
        guard !SystemFile.exists(path) else {
            throw NodeError.argument("\(path) exists", accepted: "the name of a new file")
        }
        let folder = NodeDirectory(path + ".incomplete")
        // What a backup that was killed has left.
        Self.remove(folder)
        try SystemFile.makeFolder(folder.path, mode: 0o700)
        defer { Self.remove(folder) }
        let file = try SystemOpenFile(creating: folder.indexPath, mode: 0o640)
        do throws(LMDBError) {
            let environment = try Environment(directory: directory.path, access: .readOnly, mapByteCount: nil)
            try environment.copy(to: file.descriptor, compacting: false)
        } catch {
            throw NodeError.index(.store(error))
        }
        try file.synchronize()
        try verify(folder)
        try SystemFile.move(folder.indexPath, to: path)
    }

    /// Makes a node's index out of a copy: the directory must hold none, its keys and settings stay.
    public func restore(from path: String, verify: (NodeDirectory) throws -> Void) throws {
        guard !directory.hasNode else {
            do throws(NodeError) { _ = try directory.openRegistrar(mapByteCount: nil) } catch {
                if case .inUse = error { throw error }
            }
            throw NodeError.exists(directory.path)
        }
        let wasThere = SystemFile.exists(directory.path)
        try directory.create()
        do {
            try place(path, verify: verify)
        } catch {
            for name in wasThere ? [] : ["/keys", "/files", "/log", ""] {
                SystemFile.removeFolder(directory.path + name)
            }
            throw error
        }
    }

    /// Copies, proves, and only then gives the index its name.
    private func place(_ path: String, verify: (NodeDirectory) throws -> Void) throws {
        let folder = NodeDirectory(directory.path + "/restore.incomplete")
        Self.remove(folder)
        try SystemFile.makeFolder(folder.path, mode: 0o700)
        defer { Self.remove(folder) }
        try SystemFile.copy(path, to: folder.indexPath, mode: 0o640)
        try verify(folder)
        try SystemFile.move(folder.indexPath, to: directory.indexPath)
    }

    private static func remove(_ folder: NodeDirectory) {
        for name in ["/data.mdb", "/lock.mdb"] { try? SystemFile.remove(folder.path + name) }
        SystemFile.removeFolder(folder.path)
    }

    /// Whether the node's private key is where it belongs.
    public var hasServerKey: Bool { SystemFile.exists(directory.serverKeyPath) }
}
