internal import BanyanIndex
internal import BanyanRegistry
internal import HandleClient
internal import HandleProtocol

/// Fetches everything that a primary of our kind has, as it is stored, over what is here: records that the primary does
/// not have go. Each page is durable with its last key; what was broken off goes on behind that.
///
/// What the primary changes meanwhile comes again with its journal, which is followed from where it stood at the
/// beginning. Until the end prefixes stay as they were: a new mirror answers for none.
struct NodeSeeding {
    let replication: Replication
    let store: MirrorStore
    let board: MirrorStatusBoard
    let allowsClear: Bool
    let mirror: MirrorPosition

    /// What has been read of the page that is being sent.
    private struct Page {
        var set: ChangeSet
        var keys: [[UInt8]] = []
        /// Where it begins: behind this key.
        var start: [UInt8]
    }

    func run() async throws {
        let found = try store.read { (snapshot) throws(IndexError) in try snapshot.seedProgress() }
        // An operator's wish to begin anew.
        let progress = found?.sequence == .max ? nil : found
        if progress == nil { try await emptyJournal() }
        let resume = DumpRequest.ResumePoint(handle: progress?.lastKey ?? [], table: NodeStream.recordsTable)
        board.change { $0.state = .seeding }
        try await replication.stream(of: .dump(DumpRequest(mirror: mirror, resume: resume))) { reader in
            guard reader.isEncrypted || allowsClear else { throw MirrorError.notEncrypted }
            let head = try await reader.beginContent(chainedWith: store.index.chainAlgorithm)
            if progress == nil {
                var set = store.nodeSet()
                set.append(.follow(.mark(head.position, date: head.date)))
                try await store.submit(set)
            }
            try await take(&reader, from: resume.handle)
        }
    }

    private func take(_ reader: inout ReplicationReader, from start: [UInt8]) async throws {
        var page = Page(set: store.nodeSet(), start: start)
        var prefixes: [NodeRecord.PrefixState] = []
        var documents: Set<[UInt8]> = []
        while true {
            switch try await reader.nextRecord() {
            case .record(let key, let bytes):
                page.keys.append(key)
                page.set.append(.follow(.record(key: key, bytes: bytes)))
            case .page(let lastKey):
                try await commit(&page, through: lastKey)
            case .prefix(let state):
                prefixes.append(state)
            case .setting(let name, let value):
                page.set.append(.follow(.setting(name: name, value: value)))
                try await submitIfFull(&page.set)
            case .document(let key, let value, let sequence):
                documents.insert(key)
                page.set.append(.follow(.document(key: key, value: value, sequence: sequence)))
                try await submitIfFull(&page.set)
            case .end:
                if reader.isEncrypted { try await forgetDocuments(butNot: documents, &page.set) }
                try await finish(&page, prefixes)
                return
            default: throw MirrorError.malformedStream
            }
        }
    }

    private func commit(_ page: inout Page, through lastKey: [UInt8]) async throws {
        for key in try store.keys(from: page.start, through: lastKey, butNot: page.keys) {
            page.set.append(.forget(key: key))
            try await submitIfFull(&page.set)
        }
        page.set.append(.follow(.page(lastKey: lastKey)))
        try await store.submit(page.set)
        page = Page(set: page.set, start: lastKey)
        page.set.removeAll()
    }

    private func finish(_ page: inout Page, _ prefixes: [NodeRecord.PrefixState]) async throws {
        for key in try store.keys(from: page.start, through: nil, butNot: page.keys) {
            page.set.append(.forget(key: key))
            try await submitIfFull(&page.set)
        }
        let known = Set(prefixes.map(\.name))
        let own = try store.read { (snapshot) throws(IndexError) in try snapshot.prefixes() }
        for surplus in own where !known.contains(surplus.name) {
            var state = NodeRecord.PrefixState(
                name: surplus.name, state: PrefixEntry.State.unhomed.rawValue,
                caseRule: surplus.row.entry.caseRule.rawValue, sequence: 0, handleCount: 0, recordCount: 0,
                digest: ContentDigest.zero.bytes)
            state.sequence = 0
            page.set.append(.follow(.prefix(state)))
            try await submitIfFull(&page.set)
        }
        for prefix in prefixes {
            page.set.append(.follow(.prefix(prefix)))
            try await submitIfFull(&page.set)
        }
        page.set.append(.follow(.end))
        try await store.submit(page.set)
    }

    /// Removes documents that the primary does not have.
    private func forgetDocuments(butNot known: Set<[UInt8]>, _ set: inout ChangeSet) async throws {
        var last: [UInt8] = []
        while true {
            let page = try store.read { (snapshot) throws(IndexError) in
                try snapshot.storedDocuments(after: last, countMax: 1_000).map(\.key)
            }
            guard let end = page.last else { return }
            last = end
            for key in page where !known.contains(key) {
                set.append(.follow(.document(key: key, value: [], sequence: 0)))
                try await submitIfFull(&set)
            }
        }
    }

    private func submitIfFull(_ set: inout ChangeSet) async throws {
        guard set.isFull else { return }
        try await store.submit(set)
        set.removeAll()
    }

    /// The journal that is here is no beginning of the primary's; its newest entry goes with the seed's end.
    private func emptyJournal() async throws(MirrorError) {
        var set = store.nodeSet()
        set.append(.trimJournal(before: .max))
        while try await store.submit(set).deleted > 0 {}
    }
}

extension ReplicationReader {
    /// Reads the beginning of everything: where the sender's journal stood.
    mutating func beginContent(
        chainedWith algorithm: ChainAlgorithm?
    ) async throws -> (position: JournalPosition, date: UInt64) {
        let format = try await next(isSigned: { _ in false }) { reader throws(WireError) in
            try reader.readUInt32("format")
        }
        guard format == NodeStream.contentFormat, case .chainAlgorithm(let theirs) = try await nextRecord(),
            case .mark(let position, let date) = try await nextRecord()
        else { throw MirrorError.malformedStream }
        guard algorithm == nil || theirs == algorithm?.rawValue else { throw MirrorError.otherChain }
        return (position, date)
    }
}
