import BanyanTestSupport
import Foundation
import Glibc

/// `banyan upstream-sim`, run as an operator runs it, with somebody at its desk. It keeps its folder and its port when
/// it is started again.
final class TestTopNode {
    let folder: TemporaryFolder
    private let clients: String
    private let arguments: [String]
    private var child: TestChild
    private(set) var address: String
    private var input: Int32
    private var output: Int32

    /// For the node in `directory`.
    init(for directory: String, _ arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        clients = directory + "/keys/tls-certificate.pem"
        self.arguments = arguments
        for name in ["input", "output"] where mkfifo(folder.path + "/" + name, 0o600) != 0 {
            throw TestFailure("no fifo")
        }
        // Both ends, so that neither side waits for the other to open.
        input = open(folder.path + "/input", O_RDWR | O_CLOEXEC)
        output = open(folder.path + "/output", O_RDWR | O_CLOEXEC)
        child = try Self.start(folder, clients, "127.0.0.1:0", arguments)
        address = ""
        address = try line()
    }

    deinit {
        close(input)
        close(output)
    }

    private static func start(
        _ folder: TemporaryFolder, _ clients: String, _ listen: String, _ arguments: [String]
    ) throws -> TestChild {
        try TestChild(
            TestProgram.path(),
            [
                "upstream-sim", "--data", folder.path + "/top", "--prefix", "88.118.8", "--clients", clients,
                "--listen", listen,
            ] + arguments,
            input: folder.path + "/input", output: folder.path + "/output", error: folder.path + "/error")
    }

    /// Puts the settings that lead here in the place of those that the node in `directory` has.
    func lead(_ directory: String) throws {
        let file = URL(fileURLWithPath: directory + "/banyan.toml")
        let settings = String(decoding: try folder.read("top/banyan.toml"), as: UTF8.self)
        let text = try String(contentsOf: file, encoding: .utf8).replacing("[upstream]\n", with: settings)
        try Data(text.utf8).write(to: file)
    }

    /// What has happened there, a JSON object a line.
    var events: [JSONTree] {
        let bytes = (try? folder.read("top/events.jsonl")) ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { JSONTree(parsing: $0) }
    }

    /// Says a line to the desk; the answer.
    func say(_ line: String) throws -> String {
        let bytes = Array((line + "\n").utf8)
        guard Glibc.write(input, bytes, bytes.count) == bytes.count else { throw TestFailure("nobody at the desk") }
        return try self.line()
    }

    /// The next line that it writes.
    private func line() throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 30_000) == 1, Glibc.read(output, &byte, 1) == 1 else {
                throw TestFailure("upstream-sim says nothing")
            }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    func kill() {
        child.signal(SIGKILL)
        child.wait()
    }

    func terminate() -> Int32 {
        child.signal(SIGTERM)
        return child.wait()
    }

    func startAgain() throws {
        child = try Self.start(folder, clients, address, arguments)
        _ = try line()
    }
}
