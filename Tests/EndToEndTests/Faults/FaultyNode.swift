import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import Glibc
import HandleProtocol
import Testing

/// Nodes that meet faults. One after the other: each keeps the machine busy, and a thread of the tests' waiting.
@Suite("Faults", .serialized)
enum Faults {}

/// What fault tests ask of a node and of the machine.
extension MadeNode {
    /// Registers handles of the node's prefix over its control socket, or in its files when it does not serve.
    func register(_ names: [String]) throws {
        let sink = try ChangeSinks.open(directory: NodeDirectory(directory))
        var set = ChangeSet(onConflict: .replace)
        for name in names { set.append(Self.put(name)) }
        #expect(try sink.submit(set).rejections.isEmpty)
    }

    /// Gives the node's prefix an administrator with a secret key, in the files.
    func addAdministrator(_ key: String, secret: String) throws {
        let sink = try ChangeSinks.open(directory: NodeDirectory(directory))
        var set = ChangeSet()
        var writer = ByteWriter()
        HandleValue.administrator(key, index: 110).write(to: &writer)
        HandleValue.secret(secret, index: 310).write(to: &writer)
        set.append(.addValues(handle: Array("0.NA/88.118.8".utf8), values: writer.bytes))
        #expect(try sink.submit(set).rejections.isEmpty)
    }

    static func put(_ name: String) -> Change {
        var writer = ByteWriter()
        HandleValue(index: 1, timestamp: 5, type: Array("URL".utf8), data: data(of: name)).write(to: &writer)
        return .put(handle: handle(name), values: writer.bytes)
    }

    static func handle(_ name: String) -> [UInt8] { Array("88.118.8/\(name)".utf8) }
    static func data(of name: String) -> [UInt8] { Array("https://example.cn/\(name)".utf8) }

    /// A node whose calls meet the faults that the library is told of.
    func serve(_ faults: FaultLibrary) throws -> TestNode {
        try TestNode(directory: directory, in: folder, environment: faults.environment)
    }
}

/// What a client sees of a handle.
enum Seen: Equatable {
    case data([UInt8])
    case code(UInt32)
    /// The node does not answer: it has ended.
    case nothing
}

extension TestNode {
    func see(_ name: String) -> Seen {
        guard let socket = try? TestSocket.stream(to: tcpPort),
            (try? socket.send(Question(handle: "88.118.8/" + name).bytes)) != nil,
            let message = try? Message(parsing: socket.readMessage().rawSpan)
        else { return .nothing }
        guard case .values(let body)? = try? HandleProtocol.Answer(parsing: message).body else {
            return .code(message.header.responseCode.rawValue)
        }
        return .data(body.values.first?.data ?? [])
    }

    /// Sets a limit of the running node, as `prlimit` writes it: `--nofile=40:4096`.
    func limit(_ text: String) throws {
        let folder = try TemporaryFolder()
        let child = try TestChild(
            "/usr/bin/prlimit", ["--pid", "\(child.identifier)", text], output: folder.path + "/output",
            error: folder.path + "/error")
        guard child.wait() == 0 else {
            throw TestFailure("prlimit: " + String(decoding: try folder.read("error"), as: UTF8.self))
        }
    }
}

/// A shell of its own in new namespaces, in which it may mount and configure networks. For what only a real file
/// system or a real network shows.
enum Namespace {
    /// Whether this machine lets us make them; says so where it does not.
    static let isPermitted: Bool = {
        let folder = try? TemporaryFolder()
        let child = try? TestChild(
            "/usr/bin/unshare", ["-rmn", "true"], output: "/dev/null", error: (folder?.path ?? "/tmp") + "/error")
        let isPermitted = child?.wait() == 0
        if !isPermitted { print("namespaces are not permitted here: tests in them are left out") }
        return isPermitted
    }()

    /// Runs `script` with `$1`, `$2`, … as given; standard output and error together, and the status.
    static func run(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        let child = try TestChild(
            "/usr/bin/unshare", ["-rmn", "/bin/sh", "-c", "exec 2>&1\n" + script, "sh"] + arguments,
            output: folder.path + "/output", error: folder.path + "/error")
        let status = child.wait()
        return (status, String(decoding: try folder.read("output"), as: UTF8.self))
    }
}
