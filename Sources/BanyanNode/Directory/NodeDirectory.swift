public import BanyanIndex
import BanyanRegistry
import HandleProtocol
import LMDB

/// Where everything of one node lies.
///
///     data.mdb lock.mdb   the index             lock      held by whoever writes
///     banyan.toml         settings              control   socket of the node that serves
///     keys/               server.pem, NAME.pem  serving   there while a node serves
///     files/ log/
public struct NodeDirectory: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    var indexPath: String { path + "/data.mdb" }
    var configurationPath: String { path + "/" + ConfigurationFile.name }
    var controlPath: String { path + "/control" }
    var servingMark: ServingMark { ServingMark(path: path + "/serving") }
    /// Whether the last node here ended without taking leave. Of a directory that nobody serves.
    public var needsLook: Bool { servingMark.isThere }
    /// The site record of the primary that this mirror follows.
    var primarySitePath: String { path + "/primary.site" }
    var mirrorKeyPath: String { keysPath + "/mirror.pem" }
    var mirrorSecretPath: String { keysPath + "/mirror.secret" }
    public var keysPath: String { path + "/keys" }
    var serverKeyPath: String { keysPath + "/server.pem" }

    /// Whether a node has been made here.
    public var hasNode: Bool { SystemFile.exists(indexPath) }

    /// Refuses a directory without a node; one that may not be looked into is told apart.
    func requireNode() throws(NodeError) {
        do throws(SystemError) { _ = try SystemFile.kind(of: indexPath) } catch {
            throw error.isMissing ? .missing(path) : .system(error)
        }
    }

    /// The file that holds an administrator's private key, made by `init`.
    func keyPath(of administrator: ValueReference) -> String {
        // A handle is no file name: what is not a letter, digit or dot becomes a dash.
        let name = administrator.handle.prefix(100).map { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || character == ".") ? character : "-"
        }
        return keysPath + "/admin-\(administrator.index)-" + String(name) + ".pem"
    }

    /// Makes the folders that are missing.
    func create() throws(SystemError) {
        try SystemFile.makeFolder(path, mode: 0o750)
        try SystemFile.makeFolder(keysPath, mode: 0o700)
        try SystemFile.makeFolder(path + "/files", mode: 0o750)
        try SystemFile.makeFolder(path + "/log", mode: 0o750)
    }

    /// Takes back what a failed `init` has made: index, keys of these paths, and folders that are empty then.
    func removeNode(keys: [String], folder: Bool) {
        let files = [indexPath, path + "/lock.mdb", path + "/lock", configurationPath, primarySitePath] + keys
        for file in files { try? SystemFile.remove(file) }
        for name in folder ? ["/keys", "/files", "/log", ""] : [] { SystemFile.removeFolder(path + name) }
    }

    /// Takes the lock and opens the index for writing.
    func openRegistrar(
        mapByteCount: Int?, observer: (any CommitObserver)? = nil
    ) throws(NodeError) -> Registrar {
        try requireNode()
        do throws(RegistrarError) {
            return try Registrar(directory: path, mapByteCount: mapByteCount, observer: observer)
        } catch {
            switch error {
            case .inUse: throw .inUse(path)
            case .index(let error): throw .index(error)
            }
        }
    }

    /// Throws `.inUse` while somebody writes the directory.
    public func requireFree() throws(NodeError) {
        try requireNode()
        do throws(LMDBError) { _ = try DirectoryLock(directory: path) } catch {
            guard error.reason == .alreadyOpen else { throw .index(.store(error)) }
            throw .inUse(path)
        }
    }

    /// Opens the index for reading, whoever writes.
    public func openIndex() throws(NodeError) -> HandleIndex {
        try requireNode()
        do throws(IndexError) { return try HandleIndex(directory: path, access: .readOnly) } catch {
            throw .index(error)
        }
    }

    /// The settings: banyan.toml, where there is one, and over it `settings`, each `KEY=VALUE`.
    public func configuration(settings: [String] = []) throws(NodeError) -> Configuration {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SystemFile.read(configurationPath, byteCountMax: 1 << 20) } catch {
            guard error.isMissing else { throw .system(error) }
            bytes = []
        }
        do throws(ConfigurationError) {
            var configuration = try Configuration(parsing: bytes, file: configurationPath)
            for setting in settings { try configuration.set(argument: setting) }
            return configuration
        } catch {
            throw .configuration(error)
        }
    }

    /// Refuses keys that others may read: whoever has them is this node.
    func checkKeys() throws(NodeError) {
        let names = try system { () throws(SystemError) in try SystemFile.names(in: keysPath) }
        for path in names.map({ keysPath + "/" + $0 }) {
            guard try system({ () throws(SystemError) in try SystemFile.isPrivate(path) }) else {
                throw .keyReadableByOthers(path)
            }
        }
    }
}
