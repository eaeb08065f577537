import Glibc

/// The right to write a directory, held by one process: an exclusive flock(2) on the file `lock` in it, given back when
/// this object or the process ends, however it ends.
public final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `.alreadyOpen` when somebody holds it; `.system` when the file cannot be opened.
    public init(directory: String) throws(LMDBError) {
        // A lock file is no symbolic link: following one would let another user choose what is opened.
        descriptor = unsafe open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw LMDBError(.system(errno), "lock the directory") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            _ = close(descriptor)
            throw LMDBError(code == EWOULDBLOCK ? .alreadyOpen : .system(code), "lock the directory")
        }
    }

    deinit { _ = close(descriptor) }
}
