import Glibc
import Synchronization

/// The built `banyan`, run as a user runs it.
public enum TestProgram {
    public struct Result: Sendable {
        public var status: Int32
        public var output: String
        public var error: String
    }

    /// The binary next to the test bundle.
    public static func path() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let slash = own.lastIndex(of: "/") ?? own.startIndex
        let path = own[..<slash] + "/banyan"
        guard unsafe access(String(path), X_OK) == 0 else { throw TestFailure("no binary at \(path)") }
        return String(path)
    }

    /// Runs the program to its end, with `input` on standard input.
    public static func run(
        _ arguments: [String], input: [UInt8] = [], environment: [String] = []
    ) throws -> Result {
        let folder = try TemporaryFolder()
        try folder.write(input, to: "input")
        let child = try TestChild(
            path(), arguments, environment: environment, input: folder.path + "/input",
            output: folder.path + "/output", error: folder.path + "/error")
        let status = child.wait()
        return Result(
            status: status, output: String(decoding: try folder.read("output"), as: UTF8.self),
            error: String(decoding: try folder.read("error"), as: UTF8.self))
    }
}

/// What went wrong in a test's own machinery.
public struct TestFailure: Error, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// A process that a test started. It is killed when nobody holds it any more.
public final class TestChild: Sendable {
    public let identifier: Int32
    private let status = Mutex<Int32?>(nil)

    /// Starts `path` with standard input, output and error from and to files.
    public init(
        _ path: String, _ arguments: [String], environment: [String] = [], input: String = "/dev/null",
        output: String, error: String
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let inherited = [
            "PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS",
        ].compactMap { name in
            unsafe getenv(name).map { unsafe name + "=" + String(cString: $0) }
        }
        let words = unsafe Self.copies(of: [path] + arguments)
        let variables = unsafe Self.copies(of: inherited + environment)
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, path, &actions, nil, words, variables)
        guard code == 0 else { throw TestFailure("cannot start \(path): error \(code)") }
        identifier = child
        _ = Self.living.withLock { $0.insert(child) }
    }

    /// Children that nobody waited for: a node that tests share lives until the test process ends.
    private static let living: Mutex<Set<Int32>> = {
        atexit { TestChild.living.withLock { for child in $0 { Glibc.kill(child, SIGKILL) } } }
        return Mutex([])
    }()

    /// C strings for posix_spawn, ended by a null; the caller frees them.
    private static func copies(of texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe []
        for text in texts { unsafe copies.append(strdup(text)) }
        return unsafe copies + [nil]
    }

    deinit {
        guard status.withLock({ $0 == nil }) else { return }
        Glibc.kill(identifier, SIGKILL)
        _ = wait()
    }

    /// The exit status; 128 and more is a signal, as shells say it. Blocks until the end.
    @discardableResult
    public func wait() -> Int32 {
        status.withLock { known in
            if let known { return known }
            var status: Int32 = 0
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            let end = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
            known = end
            _ = Self.living.withLock { $0.remove(identifier) }
            return end
        }
    }

    public func signal(_ number: Int32) { Glibc.kill(identifier, number) }
}
