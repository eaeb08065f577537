import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// Registers many identifiers: what holds together goes in one set and so in one commit.
struct IdentifierWriter: Sendable {
    enum Mode: Sendable {
        case create, update

        var operation: AccessOperation { self == .create ? .create : .update }
    }

    /// How often what others have changed meanwhile is looked at again.
    private static let attemptCountMax = 3

    let services: SNMSServices

    /// What is wrong with each record, in their order; nil: it is done.
    func write(_ records: [IdentifierRecord], _ mode: Mode, _ request: SNMSRequest) throws(SNMSFailure) -> [String?] {
        var problems = [String?](repeating: nil, count: records.count)
        var waiting = Array(records.indices)
        for _ in 0..<Self.attemptCountMax where !waiting.isEmpty {
            var sets = SetQueue(origin: request.origin)
            let round = waiting
            try services.read { (snapshot) throws(IndexError) in
                var rules = RulesByTemplate()
                var seen: Set<[UInt8]> = []
                for position in round {
                    let record = records[position]
                    let name = HandleCase.folded(Array(record.handle.utf8))
                    do throws(Problem) {
                        let isFirst = !seen.contains(name)
                        let changes = try Self.changes(record, mode, isFirst: isFirst, snapshot, &rules)
                        seen.insert(name)
                        sets.append(changes, of: position, requiring: rules.takeRequirements())
                    } catch {
                        switch error {
                        case .message(let text): problems[position] = text
                        case .index(let error): throw error
                        }
                    }
                }
            }
            waiting = try submit(sets, &problems)
        }
        for position in waiting { problems[position] = Messages.busy }
        return problems
    }

    /// What is wrong with each deletion; nil: it is done.
    func delete(_ handles: [String], _ request: SNMSRequest) throws(SNMSFailure) -> [String?] {
        var problems = [String?](repeating: nil, count: handles.count)
        var sets = SetQueue(origin: request.origin)
        for (position, handle) in handles.enumerated() {
            sets.append([.delete(handle: Array(handle.utf8))], of: position, requiring: [])
        }
        _ = try submit(sets, &problems)
        return problems
    }

    private enum Problem: Error {
        case message(String)
        case index(IndexError)
    }

    private static func changes(
        _ record: IdentifierRecord, _ mode: Mode, isFirst: Bool, _ snapshot: borrowing IndexSnapshot,
        _ templates: inout RulesByTemplate
    ) throws(Problem) -> [Change] {
        let handle = Array(record.handle.utf8)
        let sequence: UInt64?
        let before: [HandleValue]
        let problem: String?
        do throws(IndexError) {
            sequence = try snapshot.sequence(of: record.handle)
            before = sequence == nil || mode == .create ? [] : try snapshot.answeredValues(of: handle)
            problem =
                switch (mode, sequence) {
                case (.create, .some): Messages.identifierExists
                case (.create, nil) where !isFirst: Messages.identifierExists
                case (.update, nil): Messages.identifierAbsent
                default: try templates.problem(of: record, before: before, snapshot)
                }
        } catch {
            throw .index(error)
        }
        if let problem { throw .message(problem) }
        let put = Change.put(handle: handle, values: record.values(keeping: before).wireBytes)
        // A name that is there twice is written twice; the second needs nothing of what was there before.
        guard mode == .update, isFirst, let sequence else { return [put] }
        return [.require(handle: handle, sequence: sequence), put]
    }

    /// Commits; the positions that were not come to since something had changed before them.
    private func submit(_ sets: consuming SetQueue, _ problems: inout [String?]) throws(SNMSFailure) -> [Int] {
        var waiting: [Int] = []
        for part in sets.finish() {
            let result: ChangeSetResult
            do throws(SubmissionError) { result = try services.sink.submit(part.set) } catch {
                // What came before is committed, and says so.
                guard part.isFirst else {
                    for position in part.positions { problems[position] = SNMSFailure(error).message }
                    continue
                }
                throw SNMSFailure(error)
            }
            for rejection in result.rejections {
                let row = part.rows.indices.contains(rejection.ordinal) ? part.rows[rejection.ordinal] : nil
                if rejection.error == .recordChanged {
                    waiting += row.map { first in part.positions.filter { $0 >= first } } ?? part.positions
                } else if let row {
                    problems[row] = Messages.text(rejection.error)
                }
            }
        }
        return waiting
    }
}

/// The rules of the templates that a batch names, read once each.
private struct RulesByTemplate {
    private struct Entry {
        var rules: TemplateRules?
        var requirement: Change?
        var isTaken = false
    }

    private var entries: [String: Entry] = [:]

    /// What is wrong with the record by its template; nil: nothing.
    mutating func problem(
        of record: IdentifierRecord, before: [HandleValue], _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> String? {
        let name = Template.documentName(prefix: record.prefix, version: record.version)
        if entries[name] == nil {
            let stored = try snapshot.stored(Template.self, name)
            entries[name] = Entry(
                rules: stored.map { TemplateRules($0.value) },
                requirement: stored.map { .requireDocument($0.value.documentKey, sequence: $0.sequence) })
        }
        guard let rules = entries[name]?.rules else { return Messages.templateAbsent }
        do throws(TemplateViolation) {
            try rules.check(record.values, before: Set(before.map(\.index)))
            return nil
        } catch {
            return Messages.text(error)
        }
    }

    /// What the checks since the last call rest on.
    mutating func takeRequirements() -> [Change] {
        var taken: [Change] = []
        for (name, entry) in entries where !entry.isTaken {
            if let requirement = entry.requirement { taken.append(requirement) }
            entries[name]?.isTaken = true
        }
        return taken
    }
}

/// Sets being filled, each as large as one may be, with which record every change of them belongs to.
private struct SetQueue {
    struct Part {
        var set: ChangeSet
        /// The record's position by the ordinal of the change.
        var rows: [Int] = []
        var positions: [Int] = []
        var isFirst: Bool
    }

    private let origin: ChangeOrigin
    private var parts: [Part] = []
    private var current: Part

    init(origin: ChangeOrigin) {
        self.origin = origin
        current = Part(set: origin.set(of: []), isFirst: true)
    }

    mutating func append(_ changes: [Change], of position: Int, requiring requirements: [Change]) {
        for requirement in requirements {
            current.set.append(requirement)
            current.rows.append(position)
        }
        for change in changes {
            current.set.append(change)
            current.rows.append(position)
        }
        current.positions.append(position)
        // Room for a record's changes and its template's.
        guard current.set.isFull || current.set.changeCount + 8 > ChangeSet.changeCountMax else { return }
        parts.append(current)
        current = Part(set: origin.set(of: []), isFirst: false)
    }

    consuming func finish() -> [Part] {
        current.positions.isEmpty ? parts : parts + [current]
    }
}
