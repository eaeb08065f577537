import Foundation
import Synchronization

/// A program that runs beside us: a C peer, or the node under test. It ends when this object does.
final class ChildProcess {
    private let process = Process()
    private let output: Pipe
    private let errors: Pipe
    let name: String

    /// `core`: the one processor that it may use. Standard output and error are kept, up to a pipe's size unless read.
    init(_ program: String, _ arguments: [String], core: Int? = nil) throws {
        name = (program as NSString).lastPathComponent
        if let core {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
            process.arguments = ["-c", "\(core)", program] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
        }
        process.standardInput = FileHandle.nullDevice
        (output, errors) = try ChildProcess.start(process, name)
    }

    private static func start(_ process: Process, _ name: String) throws -> (output: Pipe, errors: Pipe) {
        try starting.withLock { _ in
            let pipes = (Pipe(), Pipe())
            process.standardOutput = pipes.0
            process.standardError = pipes.1
            do {
                try process.run()
            } catch {
                throw BenchError.peer(name, "cannot be started (is it installed?)")
            }
            return pipes
        }
    }

    /// From making the pipes to closing our ends of them no other child may start: it would inherit the writing ends,
    /// and reading to the end would wait for that child as well.
    private static let starting = Mutex(())

    deinit { end() }

    var processID: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// The first line of its standard output; empty when it ended without one.
    func firstLine() -> String {
        var line: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Waits for its end; what it printed. Exit statuses other than those accepted throw, with its last words.
    func finish(accepting statuses: Set<Int32> = [0]) throws -> String {
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit, statuses.contains(process.terminationStatus) else {
            throw BenchError.peer(name, "ended with status \(process.terminationStatus): \(lastWords())")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Ends it, and waits. Not by asking: a child inherits which signals its starter's thread holds back, and threads
    /// of a pool hold back those by which one asks.
    func end() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The end of what it wrote to standard error. Only after its end: it reads until the pipe closes.
    func lastWords() -> String {
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return String(text.suffix(400)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Resident memory that no file backs, in bytes: what a process costs beside the page cache. Nil after its end.
    var anonymousByteCount: Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return nil }
        return kilobytes * 1_024
    }
}
