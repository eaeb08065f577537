import Glibc

/// The real node: the built binary serving a directory on ports that the kernel chose, stopped when nobody holds it.
public final class TestNode: Sendable {
    public let directory: String
    public let udpPort: UInt16
    public let tcpPort: UInt16
    /// Of the first address for HTTP, where there is one.
    public let httpPort: UInt16?
    /// Of the first address for the Handle protocol inside TLS, where there is one.
    public let tlsPort: UInt16?
    public let child: TestChild
    /// Of the first address for HTTPS, where there is one.
    public let httpsPort: UInt16?
    private let notices: NoticeSocket
    private let folder: TemporaryFolder
    private let directoryOwner: TemporaryFolder?

    /// Starts `banyan serve` and returns when the node says that it is ready. `owner` is kept until the node has gone.
    public init(
        directory: String, in owner: TemporaryFolder? = nil, _ arguments: [String] = [], environment: [String] = []
    ) throws {
        self.directory = directory
        directoryOwner = owner
        folder = try TemporaryFolder()
        let readyFile = folder.path + "/ready.json"
        let notices = try NoticeSocket(path: folder.path + "/notify")
        let child = try TestChild(
            TestProgram.path(),
            ["serve", "--data", directory, "--listen", "127.0.0.1:0", "--ready-file", readyFile] + arguments,
            environment: ["NOTIFY_SOCKET=" + notices.path] + environment, output: folder.path + "/output",
            error: folder.path + "/error")
        self.child = child
        self.notices = notices
        notices.tellEnd(of: child)
        guard notices.next().contains("READY=1") else {
            let error = String(decoding: try folder.read("error"), as: UTF8.self)
            throw TestFailure("the node ended with \(child.wait()): \(error)")
        }
        let ready = JSONTree(parsing: try folder.read("ready.json")[...])
        guard let udp = ready?["udp"][0].string.flatMap(Self.port), let tcp = ready?["tcp"][0].string.flatMap(Self.port)
        else { throw TestFailure("no ports in the ready file") }
        udpPort = udp
        tcpPort = tcp
        httpsPort = ready?["https"][0].string.flatMap(Self.port)
        tlsPort = ready?["tls"][0].string.flatMap(Self.port)
        httpPort = ready?["http"][0].string.flatMap(Self.port)
    }

    /// What the node has logged.
    public var log: String { (try? folder.read("error")).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    /// What the node wrote when it was ready.
    public var readyFile: String {
        (try? folder.read("ready.json")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// A new connection to where the node speaks HTTP.
    public func http() throws -> TestHTTP {
        guard let httpPort else { throw TestFailure("the node does not speak HTTP") }
        return try TestHTTP(port: httpPort)
    }

    /// Asks the node to read its settings again, and waits until it has, or has ended.
    public func reload() {
        child.signal(SIGHUP)
        for _ in 0..<2 {
            let notice = notices.next()
            if notice.contains("READY=1") || notice.contains("END") { return }
        }
    }

    /// Asks the node to stop, and gives its exit status.
    public func terminate() -> Int32 {
        child.signal(SIGTERM)
        return child.wait()
    }

    /// Ends the node as a power cut would.
    public func kill() {
        child.signal(SIGKILL)
        child.wait()
    }

    private static func port(_ text: String) -> UInt16? {
        text.lastIndex(of: ":").flatMap { UInt16(text[text.index(after: $0)...]) }
    }
}

/// Where the node tells a service manager of its state (sd_notify(3)); the end of the process is told there as well, so
/// that a test waits for either without looking at a clock.
private final class NoticeSocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let code = unsafe Self.withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) }
        guard code == 0 else { throw TestFailure("cannot bind \(path): error \(errno)") }
    }

    deinit { close(descriptor) }

    func next() -> String {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    func tellEnd(of child: TestChild) {
        let watcher = Watcher(path: path, identifier: child.identifier)
        var thread = pthread_t()
        unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                unsafe Unmanaged<Watcher>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(watcher).toOpaque())
        pthread_detach(thread)
    }

    /// Waits for a child's end without reaping it.
    private final class Watcher: Sendable {
        let path: String
        let identifier: pid_t
        init(path: String, identifier: pid_t) {
            self.path = path
            self.identifier = identifier
        }

        func run() {
            var information = unsafe siginfo_t()
            _ = unsafe waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT)
            let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            _ = unsafe NoticeSocket.withAddress(path) { unsafe Int32(sendto(socket, "END", 3, 0, $0, $1)) }
            close(socket)
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8.prefix(107))
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
