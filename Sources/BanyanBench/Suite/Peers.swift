import Foundation

/// The C programs beside which our figures stand, built from `Sources/BanyanBench/Peers` with the system's compiler.
struct Peers {
    enum Program: String, CaseIterable {
        case udpload, udplimit, tcpload, tcplimit, lmdblimit
        var libraries: [String] { self == .lmdblimit ? ["-llmdb"] : [] }
    }

    private let directory: String

    /// Compiles them from `sources` into `directory`.
    init(sources: String, directory: String, programs: [Program] = Program.allCases) throws {
        self.directory = directory
        for program in programs {
            let source = "\(sources)/\(program.rawValue).c"
            guard FileManager.default.fileExists(atPath: source) else {
                throw BenchError.file(source, "is not there: run from the source tree, or name the folder by --peers")
            }
            let arguments = ["-O2", source, "-o", path(program)] + program.libraries
            _ = try ChildProcess("/usr/bin/env", [Peers.compiler] + arguments).finish()
        }
    }

    /// The system's compiler, or that of the Swift toolchain where the system has none.
    private static var compiler: String {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/cc") ? "cc" : "clang"
    }

    func path(_ program: Program) -> String { "\(directory)/\(program.rawValue)" }

    func start(_ program: Program, _ arguments: [String], core: Int? = nil) throws -> ChildProcess {
        try ChildProcess(path(program), arguments, core: core)
    }

    /// Starts a server of these, and waits until it listens.
    func serve(
        _ program: Program, _ arguments: [String], core: Int?
    ) throws -> (process: ChildProcess, port: String) {
        let process = try start(program, arguments, core: core)
        guard let port = process.firstLine().split(separator: " ").last.map(String.init) else {
            throw BenchError.peer(program.rawValue, "did not say its port")
        }
        return (process, port)
    }

    /// `key=value` pairs, as the load generators print them.
    static func figures(_ line: String) -> [String: Double] {
        var figures: [String: Double] = [:]
        for pair in line.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, let value = Double(parts[1]) { figures[String(parts[0])] = value }
        }
        return figures
    }

    /// Records a second, from a line such as `append 1234567 records/s (…)`.
    static func recordsPerSecond(_ line: String) -> Double? {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "records/s"), place > words.startIndex else { return nil }
        return Double(words[words.index(before: place)])
    }
}
