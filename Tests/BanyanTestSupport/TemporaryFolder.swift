import Foundation
import Synchronization

/// A folder of its own for one test, removed with this object.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("banyan-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
        let path = path
        _ = Self.living.withLock { $0.insert(path) }
    }

    deinit {
        let path = path
        _ = Self.living.withLock { $0.remove(path) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Folders that somebody holds: what tests share lives until the test process ends.
    private static let living: Mutex<Set<String>> = {
        atexit {
            for path in TemporaryFolder.living.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
        }
        return Mutex([])
    }()

    public func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    public func read(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    /// Permission bits of a file in the folder, such as 0o600.
    public func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    /// Sets the permission bits of a file in the folder.
    public func setMode(_ mode: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
    }
}
