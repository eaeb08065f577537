import BanyanIndex
import LMDB

/// A copy of the index as of one moment, made while the node serves, and back. Keys and settings are not in it: they
/// are small, change rarely, and keys do not belong where data go.
public struct Backup: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Writes the copy to `path`, which must not exist. `verify` proves the copy, in a process of its own, before it
    /// gets its name: what cannot be restored is no backup. `isCompact` leaves free pages out, which takes longer and
    /// holds a snapshot for as long. Beside it `PATH.sha256` says what the file must be, as sha256sum(1) reads it.
    public func write(to path: String, isCompact: Bool = false, verify: (NodeDirectory) throws -> Void) throws {
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
            try environment.copy(to: file.descriptor, compacting: isCompact)
        } catch {
            throw NodeError.index(.store(error))
        }
        try file.synchronize()
        try verify(folder)
        let sum = hexadecimal(try SystemFile.sha256(folder.indexPath))
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try SystemFile.write(Array("\(sum)  \(name)\n".utf8), to: Self.sumPath(path), mode: 0o640)
        try SystemFile.move(folder.indexPath, to: path)
    }

    private static func sumPath(_ path: String) -> String { path + ".sha256" }

    /// Refuses a copy that is not what it was when it was made, where `PATH.sha256` is there to say so.
    private func proveSum(of path: String) throws {
        let sumPath = Self.sumPath(path)
        guard SystemFile.exists(sumPath) else { return }
        let said = String(decoding: try SystemFile.read(sumPath, byteCountMax: 8_192).prefix(64), as: UTF8.self)
        guard said == hexadecimal(try SystemFile.sha256(path)) else {
            throw NodeError.damaged("\(path) is not what it was when it was made: \(sumPath)")
        }
    }

    /// What a drill has found.
    public struct Drill: Sendable {
        public var records: UInt64
        public var replayed: JournalArchive.Replayed
        /// Changes of the node that would be lost; nil where the directory holds no node.
        public var behind: UInt64?
    }

    /// Restores into a folder of its own beside the copy, proves everything, says how far it reaches, and leaves
    /// nothing.
    public func drill(
        _ path: String, archive: JournalArchive?, verify: (NodeDirectory) throws -> Void
    ) throws -> Drill {
        let scratch = NodeDirectory(path + ".drill")
        try? SystemFile.remove(scratch.indexPath)
        defer {
            scratch.removeNode(keys: [], folder: true)
        }
        let replayed = try Backup(directory: scratch).restore(from: path, archive: archive, verify: verify)
        let records = try scratch.openIndex().statistics().recordCount
        var behind: UInt64?
        if directory.hasNode {
            let head = try directory.openIndex().snapshot().journalHead().sequence
            behind = max(head, replayed.sequence) - replayed.sequence
        }
        return Drill(records: UInt64(records), replayed: replayed, behind: behind)
    }

    /// Makes a node's index out of a copy, and of the changes that the archive has behind it up to `time` (ms since
    /// 1970; nil: all): the directory must hold none, its keys and settings stay.
    @discardableResult
    public func restore(
        from path: String, archive: JournalArchive? = nil, until time: UInt64? = nil,
        verify: (NodeDirectory) throws -> Void
    ) throws -> JournalArchive.Replayed {
        guard !directory.hasNode else {
            do throws(NodeError) { _ = try directory.openRegistrar(mapByteCount: nil) } catch {
                if case .inUse = error { throw error }
            }
            throw NodeError.exists(directory.path)
        }
        try proveSum(of: path)
        let wasThere = SystemFile.exists(directory.path)
        try directory.create()
        do {
            return try place(path, archive: archive, until: time, verify: verify)
        } catch {
            for name in wasThere ? [] : ["/keys", "/files", "/log", ""] {
                SystemFile.removeFolder(directory.path + name)
            }
            throw error
        }
    }

    /// Copies, proves, and only then gives the index its name.
    private func place(
        _ path: String, archive: JournalArchive?, until time: UInt64?, verify: (NodeDirectory) throws -> Void
    ) throws -> JournalArchive.Replayed {
        let folder = NodeDirectory(directory.path + "/restore.incomplete")
        Self.remove(folder)
        try SystemFile.makeFolder(folder.path, mode: 0o700)
        defer { Self.remove(folder) }
        try SystemFile.copy(path, to: folder.indexPath, mode: 0o640)
        try verify(folder)
        let replayed = try replay(archive, into: folder, until: time)
        if replayed.count > 0 { try verify(folder) }
        try SystemFile.move(folder.indexPath, to: directory.indexPath)
        return replayed
    }

    private func replay(
        _ archive: JournalArchive?, into folder: NodeDirectory, until time: UInt64?
    ) throws -> JournalArchive.Replayed {
        guard let archive else {
            let head = try folder.openIndex().snapshot().journalHead()
            return JournalArchive.Replayed(count: 0, sequence: head.sequence, time: head.time)
        }
        return try archive.replay(into: HandleIndex(directory: folder.path, access: .readWrite), until: time)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func remove(_ folder: NodeDirectory) {
        for name in ["/data.mdb", "/lock.mdb"] { try? SystemFile.remove(folder.path + name) }
        SystemFile.removeFolder(folder.path)
    }

    /// Whether the node's private key is where it belongs.
    public var hasServerKey: Bool { SystemFile.exists(directory.serverKeyPath) }
}
