import BanyanTestSupport
import HandleProtocol

/// A server that is to be replaced, spoken to as a Handle server is; and the directory that takes its place.
struct OldServer {
    let old: MadeNode
    let node: TestNode
    let folder: TemporaryFolder
    var directory: String { folder.path + "/new" }
    var address: String { "127.0.0.1:\(node.tcpPort)" }
    var key: String { old.directory + "/keys/admin-300-0.NA-88.118.8.pem" }

    init(handleCount: Int = 300) throws {
        old = try MadeNode()
        node = try old.serve()
        folder = try TemporaryFolder()
        try put((0..<handleCount).map { "SN-\($0)" })
    }

    /// Registers names, each with an address and a value that only administrators read.
    func put(_ names: [String], text: String = "https://a.cn") throws {
        let lines = names.map { name in
            #"{"handle":"88.118.8/\#(name)","values":[{"index":1,"type":"URL","data":"\#(text)/\#(name)"},"#
                + #"{"index":2,"type":"NOTE","data":"hidden \#(name)","permissions":"1100"}]}"#
        }
        let result = try old.run(
            "load", "--format", "ndjson", "--on-conflict", "replace", "-",
            input: Array((lines.joined(separator: "\n") + "\n").utf8))
        guard result.status == 0 else { throw TestFailure("load ended with \(result.status): \(result.error)") }
    }

    func administer(_ verb: String, _ arguments: String..., at address: String? = nil) throws -> TestProgram.Result {
        try TestProgram.run(
            [verb] + arguments + ["--server", address ?? self.address, "--admin", "300:0.NA/88.118.8", "--key", key])
    }

    func start(_ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(
            [
                "migrate", "start", "--data", directory, "--from", address, "--as", "300:0.NA/88.118.8", "--key", key,
                "--protocol", "handle", "--advertise", "192.0.2.9:2641",
            ] + arguments)
    }

    func migrate(_ verb: String, _ arguments: String...) throws -> TestProgram.Result {
        try TestProgram.run(["migrate", verb, "--data", directory] + arguments)
    }
}
