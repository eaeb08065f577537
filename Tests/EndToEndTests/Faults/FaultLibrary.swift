import BanyanTestSupport
import Foundation

/// `Tests/FaultLibrary/faults.c`, built once and preloaded into a program that a test starts: its calls fail as
/// ordered, its clock is wrong, what it writes is logged.
final class FaultLibrary: Sendable {
    /// Where the orders lie in the file that test and program map.
    private enum Order: Int {
        case writeError = 0
        case syncError = 4
        case readError = 8
        case openError = 12
        case grace = 16
        case clockOffset = 24
    }

    private static let library = Result { () throws -> (folder: TemporaryFolder, path: String) in
        let folder = try TemporaryFolder()
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = folder.path + "/faults.so"
        let source = tests.appending(path: "FaultLibrary/faults.c").path
        let child = try TestChild(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", source, "-o", path],
            output: folder.path + "/output", error: folder.path + "/error")
        guard child.wait() == 0 else {
            throw TestFailure(String(decoding: try folder.read("error"), as: UTF8.self))
        }
        return (folder, path)
    }

    private let folder: TemporaryFolder
    private let orders: FileHandle
    /// What a program needs in its environment.
    let environment: [String]

    /// - Parameter name: end of the path of the file that faults and log are about.
    init(file name: String = "/data.mdb") throws {
        folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0, count: 64), to: "control")
        try folder.write([], to: "log")
        orders = try FileHandle(forUpdating: URL(filePath: folder.path + "/control"))
        environment = [
            "LD_PRELOAD=" + (try Self.library.get().path), "FAULTS_NAME=" + name,
            "FAULTS_LOG=" + folder.path + "/log", "FAULTS_CONTROL=" + folder.path + "/control",
        ]
    }

    /// From now on writes, syncs, reads or openings for writing of the file fail with this error; 0 ends it. `grace`:
    /// writes and syncs that still succeed before.
    func fail(write: Int32 = 0, sync: Int32 = 0, read: Int32 = 0, open: Int32 = 0, afterCalls grace: Int32 = 0) throws {
        try give(grace, .grace)
        try give(write, .writeError)
        try give(sync, .syncError)
        try give(read, .readError)
        try give(open, .openError)
    }

    /// From now on the program's wall clock is wrong by so many seconds.
    func shiftClock(by seconds: Int64) throws { try give(seconds, .clockOffset) }

    private func give(_ value: some FixedWidthInteger, _ order: Order) throws {
        try orders.seek(toOffset: UInt64(order.rawValue))
        try withUnsafeBytes(of: value.littleEndian) { try orders.write(contentsOf: Data($0)) }
    }

    /// Bytes that the log has so far.
    func logByteCount() throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/log")
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    func log() throws -> WriteLog { try WriteLog(parsing: folder.read("log")) }
}
