// UNSAFE ISLAND (system): files. Every descriptor is closed in the function that opened it.

import Glibc
import HandleProtocol
import OpenSSL

/// Files as the node reads and writes them: links are not followed, a new content stands whole or not at all.
public enum SystemFile {
    /// The whole file. Longer than `byteCountMax` is refused with EFBIG.
    public static func read(_ path: String, byteCountMax: Int = 64 << 20) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // Safe: at most `chunk.count` bytes are written into the array.
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path, code: errno) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= byteCountMax else { throw SystemError("read", path, code: EFBIG) }
            bytes += chunk[..<count]
        }
    }

    /// Puts a file of exactly these bytes at `path`, durably: a temporary name, fsync, rename, fsync of the folder.
    /// With `isNew` a file that is there is left alone and the call fails with EEXIST.
    public static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32, isNew: Bool = false
    ) throws(SystemError) {
        let temporary = path + ".new"
        _ = unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemError("create", temporary, code: errno) }
        var failure: SystemError?
        do {
            try write(bytes, descriptor: descriptor, path: temporary)
            if fsync(descriptor) != 0 { failure = SystemError("fsync", temporary, code: errno) }
        } catch { failure = error }
        close(descriptor)
        if failure == nil, isNew, unsafe link(temporary, path) != 0 {
            failure = SystemError("create", path, code: errno)
        } else if failure == nil, !isNew, unsafe rename(temporary, path) != 0 {
            failure = SystemError("rename", path, code: errno)
        }
        if failure != nil || isNew { _ = unsafe unlink(temporary) }
        if let failure { throw failure }
        try synchronizeFolder(of: path)
    }

    /// All bytes to a descriptor, whatever the kernel takes at a time.
    static func write(_ bytes: [UInt8], descriptor: Int32, path: String) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            // Safe: the slice lies inside the array.
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("write", path, code: errno) }
            offset += count
        }
    }

    /// SHA-256 of a file of any size.
    static func sha256(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", path, code: errno) }
        defer { close(descriptor) }
        let digests = DigestContext()
        digests.begin(.sha256)
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            // Safe: at most `chunk.count` bytes are written into the array.
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path, code: errno) }
            guard count > 0 else { return digests.finish().bytes.array }
            digests.update(chunk.rawSpan.extracting(0..<count))
        }
    }

    /// Gives the file another name in place of what has it, durably. Both lie on one file system.
    static func move(_ path: String, to target: String) throws(SystemError) {
        guard unsafe rename(path, target) == 0 else { throw SystemError("rename", path, code: errno) }
        try synchronizeFolder(of: target)
    }

    /// Copies a file of any size, durably, to a name that is free.
    static func copy(_ path: String, to target: String, mode: UInt32) throws(SystemError) {
        let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemError("open", path, code: errno) }
        defer { close(source) }
        let file = try SystemOpenFile(creating: target, mode: mode)
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            // Safe: at most `chunk.count` bytes are written into the array.
            let count = unsafe Glibc.read(source, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path, code: errno) }
            guard count > 0 else { return try file.synchronize() }
            try write(Array(chunk[..<count]), descriptor: file.descriptor, path: target)
        }
    }

    static func synchronizeFolder(of path: String) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", folder, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", folder, code: errno) }
    }

    /// Makes a folder; one that is there is fine.
    static func makeFolder(_ path: String, mode: UInt32) throws(SystemError) {
        guard unsafe mkdir(path, mode) != 0 else { return }
        guard errno == EEXIST, try kind(of: path) == .folder else { throw SystemError("mkdir", path, code: errno) }
    }

    /// Removes a folder if it is empty.
    static func removeFolder(_ path: String) { _ = unsafe rmdir(path) }

    public enum Kind: Sendable { case file, folder, link, socket, other }

    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func kind(of path: String) throws(SystemError) -> Kind {
        switch try status(of: path).st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        case S_IFSOCK: .socket
        default: .other
        }
    }

    /// Whether only the owner (this process's user, or root) and at most his group may read the file.
    /// - Parameter followingLinks: where `path` may be a link to it, as the tools that renew certificates make them.
    static func isPrivate(_ path: String, followingLinks: Bool = false) throws(SystemError) -> Bool {
        let status = try status(of: path, followingLinks: followingLinks)
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0
        return isOurs && status.st_mode & 0o037 == 0
    }

    /// Permission bits, such as 0o600.
    static func mode(of path: String) throws(SystemError) -> UInt32 { try status(of: path).st_mode & 0o777 }

    /// The file system that the file is on.
    static func device(of path: String) throws(SystemError) -> UInt64 { UInt64(try status(of: path).st_dev) }

    private static func status(of path: String, followingLinks: Bool = false) throws(SystemError) -> stat {
        var status = stat()
        guard unsafe (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            throw SystemError("stat", path, code: errno)
        }
        return status
    }

    /// Names in a folder, sorted, without `.` and `..`.
    static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw SystemError("open", folder, code: errno) }
        // Safe: the stream is closed once, here, after the last entry has been copied.
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file; one that is not there is fine.
    static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw SystemError("remove", path, code: errno)
    }
}
