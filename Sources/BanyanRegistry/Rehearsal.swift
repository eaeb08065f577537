public import BanyanIndex
import Foundation
import HandleProtocol

/// What changes would come to, without doing them: the store's own rules on a stage of its own.
///
/// The stage is an index in the system's folder for temporary files, with the prefixes of the real one. A record that a
/// change names is copied there before the change is done there, so that each change meets what is stored and what
/// earlier ones have made of it. The real index is only read, beside whoever writes it.
public final class Rehearsal: ChangeSink {
    private let index: HandleIndex
    private let stage: Registrar
    private let folder: URL

    /// Sets the stage.
    public init(of index: HandleIndex) throws(SubmissionError) {
        self.index = index
        folder = FileManager.default.temporaryDirectory.appending(path: "banyan-rehearsal-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            stage = try Registrar(directory: folder.path, access: .create)
            try Self.home(index.snapshot().prefixes(), on: stage)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw .store("no stage for a dry run: \(error)")
        }
    }

    deinit {
        stage.close()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func home(_ prefixes: [PrefixListing], on stage: Registrar) throws(SubmissionError) {
        var set = ChangeSet()
        for prefix in prefixes {
            set.append(.home(prefix: prefix.name, caseRule: prefix.row.entry.caseRule))
            if !prefix.row.rules.isEmpty { set.append(.setRules(prefix: prefix.name, rules: prefix.row.rules)) }
            if prefix.row.entry.state == .suspended { set.append(.suspend(prefix: prefix.name)) }
            if set.isFull {
                _ = try stage.submit(set)
                set.removeAll()
            }
        }
        if !set.isEmpty { _ = try stage.submit(set) }
    }

    public func submit(_ set: ChangeSet) throws(SubmissionError) -> ChangeSetResult {
        do {
            try copyRecords(namedBy: set)
        } catch let error as SubmissionError {
            throw error
        } catch {
            throw .store("\(error)")
        }
        var result = try stage.submit(set)
        result.journalHead = 0
        return result
    }

    /// A rehearsal always begins at the beginning.
    public func checkpoint(for source: SourceIdentity) throws(SubmissionError) -> UInt64? { nil }

    /// Copies what the set's changes find in the real index, unless an earlier change has brought it here already.
    private func copyRecords(namedBy set: ChangeSet) throws {
        let real = try index.snapshot()
        let staged = try stage.index.snapshot()
        var key = IndexKey()
        var copies = ChangeSet(onConflict: .skip)
        let bytes = set.bytes
        var reader = ByteReader(bytes.rawSpan)
        _ = try ChangeSetHead(parsing: &reader)
        while !reader.isAtEnd {
            let change = try ChangeView(parsing: &reader)
            guard change.operation.namesRecord, key.set(change.handle, caseRule: .insensitive) else { continue }
            if let prefix = real.prefix(key.prefix), prefix.caseRule != .insensitive {
                guard key.set(change.handle, caseRule: prefix.caseRule) else { continue }
            }
            guard try staged.record(for: key) == nil, let record = try real.record(for: key),
                !record.flags.contains(.deleted)
            else { continue }
            let name = record.name?.array ?? key.name.array
            copies.appendPut(
                handle: name.rawSpan, values: record.ownValues, state: record.state, answering: record.values)
            if copies.isFull {
                _ = try stage.submit(copies)
                copies.removeAll()
            }
        }
        if !copies.isEmpty { _ = try stage.submit(copies) }
    }
}

extension ChangeOperation {
    /// Whether the change is one of a handle's record.
    fileprivate var namesRecord: Bool {
        switch self {
        case .put, .setState, .addValues, .modifyValues, .removeValues, .delete, .require: true
        case .home, .unhome, .suspend, .resume, .setRules, .setSite, .setSetting, .requireSetting, .setDocument,
            .requireDocument, .appendDocument, .trimJournal, .setMirror, .fromPrimary, .follow, .forget:
            false
        }
    }
}
