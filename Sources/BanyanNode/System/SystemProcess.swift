// UNSAFE ISLAND (system): this process, its signals, its threads, its children.

import Glibc

/// What a process says about itself to the kernel.
public enum SystemProcess {
    public static var identifier: Int32 { getpid() }

    /// Files that we make are never readable by others.
    public static func setFileMask() { umask(0o027) }

    /// No end of this process writes its memory, with the keys in it, to disk.
    public static func forbidCoreFiles() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// A peer that went away, or a file at its size limit, is an error of that call and not the end of the process.
    public static func ignoreSignalsOfWriting() {
        // Safe: SIG_IGN is no function of ours; nothing runs in a handler.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Ends the process as one that writes to a pipe that nobody reads ends by itself.
    public static func endByClosedPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }

    /// The value of an environment variable.
    public static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// How this machine calls itself; nil when it does not say.
    static var hostName: String? {
        var buffer = [CChar](repeating: 0, count: 256)
        // Safe: at most all bytes but the last are written, which ends the text.
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    /// Seconds and nanoseconds since 1970.
    public static var wallClock: (seconds: UInt64, nanoseconds: UInt32) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return (UInt64(max(0, time.tv_sec)), UInt32(truncatingIfNeeded: time.tv_nsec))
    }

    /// The path of the running program.
    public static var executablePath: String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        // Safe: at most `buffer.count` bytes are written.
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// How a child ended.
    public enum End: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Runs a program with our own standard output and error, and waits for its end.
    public static func run(_ path: String, _ arguments: [String]) throws(SystemError) -> End {
        // Safe: the copies live until posix_spawn has returned, and are freed once.
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) }
        unsafe copies.append(nil)
        defer { unsafe copies.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, path, nil, nil, copies, environ)
        guard code == 0 else { throw SystemError("run", path, code: code) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError("wait", path, code: errno) }
        }
        return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }

    /// Runs `body` on a thread of its own, for work that blocks.
    public static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(run: body))
        var thread = pthread_t()
        // Safe: the box is retained above and released exactly once: by the thread, or here when there is none.
        let code = unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw SystemError("start", "thread", code: code)
        }
        pthread_detach(thread)
    }

    private final class ThreadBody: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
