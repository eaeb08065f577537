import Foundation
import HandleClient
import HandleProtocol

/// A node of our own binary, started the way an operator starts one, with a data directory of its own.
struct NodeUnderTest {
    /// A node that serves.
    final class Serving {
        let process: ChildProcess
        let datagram: ServerAddress
        let stream: ServerAddress
        /// Seconds from starting the process to the first answer.
        let secondsToFirstAnswer: Double
        /// Bytes of that answer, envelope included.
        let answerByteCount: Int

        fileprivate init(
            _ process: ChildProcess, _ ready: ReadyFile, _ start: ContinuousClock.Instant
        ) async throws {
            guard let datagram = ready.udp.first.flatMap({ ServerAddress($0) }),
                let stream = ready.tcp.first.flatMap({ ServerAddress($0) })
            else { throw BenchError.node("the ready file names no address") }
            self.process = process
            self.datagram = datagram
            self.stream = stream
            let query = Query(handle: Array(RecordGenerator.handle(0).utf8))
            let request = ClientRequest.resolution(query, at: UInt32(clamping: Int64(Date().timeIntervalSince1970)))
            let reply = try await Client().send(request, to: ServerEndpoint(datagram))
            guard reply.responseCode == .success else {
                throw BenchError.node("its first answer has code \(reply.responseCode.rawValue)")
            }
            secondsToFirstAnswer = (ContinuousClock.now - start).inSeconds
            answerByteCount = reply.byteCount
        }
    }

    fileprivate struct ReadyFile: Decodable {
        var udp: [String]
        var tcp: [String]
    }

    /// What a load took.
    struct Load {
        var seconds: Double
        var byteCount: Int
        /// The most resident memory that no file backs, in bytes.
        var anonymousByteCount: Int
    }

    /// The `banyan` program.
    let program: String
    let directory: String

    /// Makes the node.
    func initialize() throws {
        let arguments = ["init", "--data", directory, "--prefix", RecordGenerator.prefix, "--listen", "127.0.0.1:0"]
        _ = try run(arguments).finish()
    }

    /// Loads a file of records, and watches the loader's memory.
    func load(_ file: String) throws -> Load {
        let start = ContinuousClock.now
        let process = try run(["load", "--data", directory, "--format", "ndjson", file])
        var peak = 0
        while process.isRunning {
            peak = max(peak, process.anonymousByteCount ?? 0)
            Thread.sleep(forTimeInterval: 0.01)
        }
        let seconds = (ContinuousClock.now - start).inSeconds
        _ = try process.finish()
        let size = try FileManager.default.attributesOfItem(atPath: directory + "/data.mdb")[.size] as? Int
        return Load(seconds: seconds, byteCount: size ?? 0, anonymousByteCount: peak)
    }

    /// Starts serving with one worker, and waits for the first answer. `core`: the one processor it may use.
    /// `tableMemory`: of records in front of the index, as the setting `table.memory` takes it.
    /// `settings`: others, each as `key=value`.
    func serve(core: Int?, tableMemory: String = "0", settings: [String] = []) async throws -> Serving {
        let readyFile = directory + "/ready-\(UInt32.random(in: 0...UInt32.max))"
        let arguments =
            [
                "serve", "--data", directory, "--listen", "127.0.0.1:0", "--workers", "1", "--ready-file", readyFile,
                "--set", "table.memory=\(tableMemory)",
            ]
            + settings.flatMap { ["--set", $0] }
        let start = ContinuousClock.now
        let process = try run(arguments, core: core)
        while !FileManager.default.fileExists(atPath: readyFile) {
            guard process.isRunning else { throw BenchError.node("it ended at once: \(process.lastWords())") }
            guard ContinuousClock.now - start < .seconds(30) else {
                throw BenchError.node("it is not ready after 30 s")
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        let ready = try JSONDecoder().decode(ReadyFile.self, from: Data(contentsOf: URL(fileURLWithPath: readyFile)))
        return try await Serving(process, ready, start)
    }

    private func run(_ arguments: [String], core: Int? = nil) throws -> ChildProcess {
        try ChildProcess(program, arguments, core: core)
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
