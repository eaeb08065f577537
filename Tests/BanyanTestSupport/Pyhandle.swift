import Foundation

/// Python with pyhandle 1.5.0, the client library that European repositories use: a referee for the REST door.
public enum Pyhandle {
    public static let version = "1.5.0"

    /// The interpreter of a virtual environment under .build, made when it is not there yet; nil where there is no
    /// Python or no package index can be reached.
    public static let interpreter: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: ".build/pyhandle-" + version).path
        let interpreter = folder + "/bin/python"
        let mark = folder + "/complete"
        if FileManager.default.fileExists(atPath: mark) { return interpreter }
        for command in [
            ["/usr/bin/env", "python3", "-m", "venv", folder],
            [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pyhandle==" + version],
        ] {
            guard let result = try? run(command), result.status == 0 else {
                return nil
            }
        }
        return FileManager.default.createFile(atPath: mark, contents: nil) ? interpreter : nil
    }()

    /// Runs a script; what it prints, and how it ends.
    public static func run(script: String, _ arguments: [String]) throws -> TestProgram.Result {
        guard let interpreter else { throw TestFailure("no Python with pyhandle") }
        return try run([interpreter, "-c", script] + arguments)
    }

    private static func run(_ command: [String]) throws -> TestProgram.Result {
        let folder = try TemporaryFolder()
        let child = try TestChild(
            command[0], Array(command.dropFirst()), environment: ["PYTHONWARNINGS=ignore"],
            output: folder.path + "/output", error: folder.path + "/error")
        let status = child.wait()
        return TestProgram.Result(
            status: status, output: String(decoding: try folder.read("output"), as: UTF8.self),
            error: String(decoding: try folder.read("error"), as: UTF8.self))
    }
}
