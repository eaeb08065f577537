import Foundation

/// A folder for one run, removed at its end.
final class BenchFolder {
    let path: String

    /// `parent`: where to make it; on the disk that is to be measured. The system's temporary folder when nil.
    init(in parent: String?) throws {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        path = parent + "/banyan-bench-\(UInt32.random(in: 0...UInt32.max))"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } catch {
            throw BenchError.file(path, "cannot be made")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path inside.
    func file(_ name: String) -> String { path + "/" + name }

    /// Makes an empty folder inside, in place of one that was there.
    func emptyFolder(_ name: String) throws -> String {
        try? FileManager.default.removeItem(atPath: file(name))
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: false)
        return file(name)
    }
}
