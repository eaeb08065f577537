import BanyanIndex
public import BanyanRegistry
import HandleProtocol

/// Where a verb's changes go (one process writes): the directory's own registrar when nobody has the lock, otherwise
/// the node that serves the directory.
public enum ChangeSinks {
    /// - Throws: `.missing` where no node is; `.inUse` when another process has the lock and does not listen: a verb
    ///   that is writing, or a node that is starting or stopping.
    public static func open(
        directory: NodeDirectory, mapByteCount: Int? = nil
    ) throws(NodeError) -> any ChangeSink {
        do throws(NodeError) {
            return try directory.openRegistrar(mapByteCount: mapByteCount)
        } catch {
            guard case .inUse = error else { throw error }
        }
        do throws(SystemError) {
            return RemoteRegistrar(client: try ControlClient(path: directory.controlPath))
        } catch {
            throw .inUse(directory.path)
        }
    }
}

extension ChangeSink {
    /// Commits a verb's few changes together, on behalf of the operator. A change that the rules refuse is an error.
    @discardableResult
    func apply(
        _ changes: [Change], source: String, onConflict rule: ConflictRule = .replace
    ) throws(NodeError) -> ChangeSetResult {
        var set = ChangeSet(onConflict: rule, source: source)
        for change in changes { set.append(change) }
        let result: ChangeSetResult
        do throws(SubmissionError) { result = try submit(set) } catch { throw .submission(error) }
        if let rejection = result.rejections.first {
            let change = changes.indices.contains(rejection.ordinal) ? changes[rejection.ordinal].subject : source
            throw .refused(change, rejection.error)
        }
        return result
    }
}

extension Change {
    /// What the change is about, for an error's text.
    var subject: String {
        switch self {
        case .put(let handle, _), .putInactive(let handle, _, _, _), .setState(let handle, _, _, _),
            .addValues(let handle, _, _), .modifyValues(let handle, _),
            .removeValues(let handle, _), .delete(let handle), .require(let handle, _):
            String(decoding: handle, as: UTF8.self)
        case .home(let prefix, _), .unhome(let prefix), .suspend(let prefix, _), .resume(let prefix, _),
            .setRules(let prefix, _):
            String(decoding: prefix, as: UTF8.self)
        case .setSite: "site record"
        case .setSetting(let name, _), .requireSetting(let name, _): String(decoding: name, as: UTF8.self)
        case .setDocument(let key, _, _), .removeDocument(let key), .requireDocument(let key, _):
            String(decoding: key.bytes, as: UTF8.self)
        case .appendDocument(let kind, _): kind.rawValue
        case .trimJournal: "journal"
        case .setMirror, .fromPrimary, .follow, .forget: "mirror"
        }
    }
}
