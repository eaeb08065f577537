import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Random changes, the same in every run")
struct RandomChangesTests {
    @Test(
        "what is stored is what a model says, the digests are right, and every past state is found again",
        arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let registry = try TestRegistry(chainAlgorithm: seed % 2 == 0 ? .sm3 : .sha256, homing: ["88.1", "88.1.2"])
        var model = Model()
        // The journal's times of single sets, and what the handles were then.
        var states: [(time: UInt64, sequence: UInt64, handles: [String: [HandleValue]])] = []
        for _ in 0..<60 {
            var changes: [Change] = []
            for _ in 0..<Int.random(in: 1...30, using: &random) { changes.append(model.change(&random)) }
            let rule = ConflictRule.allCases[Int.random(in: 0..<3, using: &random)]
            let result = try registry.submit(changes, onConflict: rule)
            var refused = 0
            for change in changes where !model.apply(change, rule) { refused += 1 }
            #expect(result.rejections.count == refused)
            let head = try registry.registrar.index.snapshot().journalHead()
            if states.last?.time == head.time { states.removeLast() }
            states.append((head.time, head.sequence, model.handles))
        }
        for name in Model.names { #expect(try registry.values(of: name) == model.handles[name]) }
        let report = try Verification.verify(registry.registrar.index)
        #expect(report.isSound, "\(report.problems)")
        try checkHistory(registry, states)
    }

    private func checkHistory(
        _ registry: TestRegistry, _ states: [(time: UInt64, sequence: UInt64, handles: [String: [HandleValue]])]
    ) throws {
        let snapshot = try registry.registrar.index.snapshot()
        var key = IndexKey()
        for state in states {
            for name in Model.names {
                _ = key.set(Array(name.utf8).rawSpan, caseRule: .insensitive)
                var stored: [HandleValue]?
                if let record = try snapshot.record(for: key, at: state.time) { stored = try parse(record.values) }
                #expect(stored == state.handles[name])
            }
        }
    }
}

/// What the rules say, written down another way.
private struct Model {
    static let names =
        (0..<40).map { "88.1/\($0)" } + (0..<10).map { "88.1.2/" + String(repeating: "x", count: 480 + $0 * 10) }

    var handles: [String: [HandleValue]] = [:]

    func change(_ random: inout SeededGenerator) -> Change {
        let name = Array((Self.names.randomElement(using: &random) ?? "").utf8)
        let values = (1...3).filter { _ in Bool.random(using: &random) }.map { number in
            url("https://example.cn/\(Int.random(in: 0..<4, using: &random))", index: UInt32(number), timestamp: 5)
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0...4: return .put(handle: name, values: encoded(values + [url("last", index: 9, timestamp: 5)]))
        case 5: return .addValues(handle: name, values: encoded(values))
        case 6: return .modifyValues(handle: name, values: encoded(values))
        case 7: return .removeValues(handle: name, indexes: values.map(\.index))
        default: return .delete(handle: name)
        }
    }

    /// False when it is refused.
    mutating func apply(_ change: Change, _ rule: ConflictRule) -> Bool {
        switch change {
        case .put(let handle, let bytes):
            let name = text(handle)
            guard let new = try? parse(bytes.rawSpan) else { return false }
            guard let old = handles[name], old != new else {
                handles[name] = new
                return true
            }
            if rule == .replace { handles[name] = new }
            return rule != .fail
        case .addValues(let handle, let bytes, _):
            guard let old = handles[text(handle)], let new = try? parse(bytes.rawSpan), !new.isEmpty,
                Set(old.map(\.index)).isDisjoint(with: new.map(\.index))
            else { return false }
            handles[text(handle)] = (old + new).sorted { $0.index < $1.index }
        case .modifyValues(let handle, let bytes):
            guard let old = handles[text(handle)], let new = try? parse(bytes.rawSpan), !new.isEmpty,
                Set(old.map(\.index)).isSuperset(of: new.map(\.index))
            else { return false }
            handles[text(handle)] = old.map { value in new.first { $0.index == value.index } ?? value }
        case .removeValues(let handle, let indexes):
            guard let old = handles[text(handle)], !indexes.isEmpty, Set(old.map(\.index)).isSuperset(of: indexes)
            else {
                return false
            }
            handles[text(handle)] = old.filter { !indexes.contains($0.index) }
        case .delete(let handle):
            return handles.removeValue(forKey: text(handle)) != nil
        default:
            return false
        }
        return true
    }

    private func text(_ handle: [UInt8]) -> String { String(decoding: handle, as: UTF8.self) }
}
