public import BanyanIndex
public import HandleClient
internal import HandleProtocol

/// Compares this node's records with those of another node of our kind: prefix by prefix by their digests, 32 bytes
/// each, and record by record where these differ.
public struct NodeComparison: Sendable {
    public struct Difference: Equatable, Sendable {
        public enum Kind: String, Sendable {
            case onlyHere = "only here"
            case onlyThere = "only there"
            case different
        }

        public var kind: Kind
        /// The key of a record, or `0.NA/P` where states of the prefix P differ.
        public var name: [UInt8]
    }

    public struct Report: Equatable, Sendable {
        /// Where each journal ended when the comparison began.
        public var sequence: UInt64 = 0
        public var otherSequence: UInt64 = 0
        public var prefixCount = 0
        public var differenceCount = 0
        /// The first thousand.
        public var differences: [Difference] = []

        public var isIdentical: Bool { differenceCount == 0 }

        mutating func add(_ kind: Difference.Kind, _ name: [UInt8]) {
            differenceCount += 1
            if differences.count < 1_000 { differences.append(Difference(kind: kind, name: name)) }
        }
    }

    private let index: HandleIndex
    private let replication: Replication

    public init(of index: HandleIndex, with replication: Replication) {
        self.index = index
        self.replication = replication
    }

    /// - Throws: `ReplicationRefusal` where the other node does not let us in, or is of another kind.
    public func run() async throws -> Report {
        var report = Report()
        let (position, others) = try await prefixes()
        let snapshot = try index.snapshot()
        report.sequence = try snapshot.journalHead().sequence
        report.otherSequence = position.sequence
        let own = try snapshot.prefixes(includingUnhomed: true)
        let names = Set(own.map(\.name)).union(others.keys)
        report.prefixCount = names.count
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let here = own.first { $0.name == name }?.row
            let there = others[name]
            if here?.entry.state.rawValue != there?.state || here?.entry.caseRule.rawValue != there?.caseRule
                || here?.rules ?? [] != there?.rules ?? []
            {
                report.add(
                    here == nil ? .onlyThere : there == nil ? .onlyHere : .different, Array("0.NA/".utf8) + name)
            }
            let isSame = (here?.digest ?? .zero).bytes == there?.digest ?? ContentDigest.zero.bytes
            if !isSame { try await compareRecords(under: name, &report) }
        }
        return report
    }

    private func prefixes() async throws -> (JournalPosition, [[UInt8]: NodeRecord.PrefixState]) {
        try await stream(NodeStream.prefixesTable, after: []) { reader in
            let (position, _) = try await reader.beginContent(chainedWith: nil)
            var prefixes: [[UInt8]: NodeRecord.PrefixState] = [:]
            while case .prefix(let prefix) = try await reader.nextRecord() { prefixes[prefix.name] = prefix }
            return (position, prefixes)
        }
    }

    /// Walks both in the order of keys.
    private func compareRecords(under prefix: [UInt8], _ report: inout Report) async throws {
        let range = prefix + [UInt8(ascii: "/")]
        // Nothing stands between names of derived prefixes, "P.", and these.
        let before = prefix + [UInt8(ascii: "."), 0xFF]
        let found = try await stream(NodeStream.digestsTable, after: before) { reader in
            _ = try await reader.beginContent(chainedWith: nil)
            var found = Report()
            var own = OwnDigests(of: index, under: range, after: before)
            var here = try own.next()
            while true {
                switch try await reader.nextRecord() {
                case .page: continue
                case .digest(let key, let digest) where key.starts(with: range):
                    while let (ownKey, _) = here, ownKey.lexicographicallyPrecedes(key) {
                        found.add(.onlyHere, ownKey)
                        here = try own.next()
                    }
                    if let (ownKey, ownDigest) = here, ownKey == key {
                        if ownDigest != digest { found.add(.different, key) }
                        here = try own.next()
                    } else {
                        found.add(.onlyThere, key)
                    }
                default:
                    while let (ownKey, _) = here {
                        found.add(.onlyHere, ownKey)
                        here = try own.next()
                    }
                    return found
                }
            }
        }
        report.differenceCount += found.differenceCount
        report.differences += found.differences.prefix(max(0, 1_000 - report.differences.count))
    }

    private func stream<Result: Sendable>(
        _ table: UInt32, after key: [UInt8], _ consume: (inout ReplicationReader) async throws -> Result
    ) async throws -> Result {
        let whole = MirrorPosition.whole
        let resume = DumpRequest.ResumePoint(handle: key, table: table)
        return try await replication.stream(of: .dump(DumpRequest(mirror: whole, resume: resume)), consume)
    }
}

/// The digests of our own records in the order of keys, read a thousand at a time.
private struct OwnDigests {
    private let index: HandleIndex
    private let start: [UInt8]
    private var last: [UInt8]
    private var page: ArraySlice<([UInt8], [UInt8])> = []
    private var isOver = false

    init(of index: HandleIndex, under start: [UInt8], after key: [UInt8]) {
        self.index = index
        self.start = start
        last = key
    }

    mutating func next() throws(IndexError) -> ([UInt8], [UInt8])? {
        if page.isEmpty, !isOver { try fill() }
        return page.popFirst()
    }

    private mutating func fill() throws(IndexError) {
        var filled: [([UInt8], [UInt8])] = []
        let snapshot = try index.snapshot()
        var walk = try snapshot.records(in: RecordRange.all.includingDeleted().continuing(after: last))
        while filled.count < 1_000 {
            guard let entry = try walk.next(), entry.key.array.starts(with: start) else {
                isOver = true
                break
            }
            filled.append((entry.key.array, entry.digest().bytes))
        }
        last = filled.last?.0 ?? last
        page = filled[...]
    }
}
