import Glibc
import Synchronization

/// What directories this process has environments in. A second one on the same file, or only opening and closing its
/// lock file again, would drop the locks of the first (fcntl(2)).
enum OpenDirectories {
    private static let open = Mutex<Set<DirectoryIdentity>>([])

    /// False when it is there already.
    static func insert(_ directory: DirectoryIdentity) -> Bool {
        open.withLock { $0.insert(directory).inserted }
    }

    static func remove(_ directory: DirectoryIdentity) {
        open.withLock { _ = $0.remove(directory) }
    }
}

/// A directory whatever its path is called.
struct DirectoryIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
    /// The file system's size within the bounds of a map, in bytes.
    let mapByteCount: Int

    init(of path: String) throws(LMDBError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw LMDBError(.system(errno), "open the environment") }
        var system = statvfs()
        guard unsafe statvfs(path, &system) == 0 else { throw LMDBError(.system(errno), "open the environment") }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        let bounds = Environment.mapByteCounts
        let size = Int(clamping: system.f_blocks).multipliedClamping(by: Int(clamping: system.f_frsize))
        // A map is made of whole pages, also where those have 64 KiB.
        mapByteCount = min(max(size, bounds.lowerBound), bounds.upperBound) & ~0xFFFF
    }

    static func == (one: DirectoryIdentity, other: DirectoryIdentity) -> Bool {
        one.device == other.device && one.inode == other.inode
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
    }
}
