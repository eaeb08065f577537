// UNSAFE ISLAND (system): a file that stays open for a while; closed once, when its object goes.

import Glibc

/// A file, open for writing.
struct SystemOpenFile: ~Copyable {
    let descriptor: Int32
    private let path: String

    /// Fails with EEXIST when the name is taken, also by a link.
    init(creating path: String, mode: UInt32) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError("create", path, code: errno) }
        self.descriptor = descriptor
        self.path = path
    }

    /// Writes go behind its end; made when it is not there.
    init(appendingTo path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw SystemError("open", path, code: errno) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Cuts off what is behind.
    func truncate(toByteCount byteCount: Int) throws(SystemError) {
        guard ftruncate(descriptor, byteCount) == 0 else { throw SystemError("truncate", path, code: errno) }
    }

    func synchronize() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", path, code: errno) }
    }
}
