public import BanyanIndex
import HandleProtocol

/// What is to be told to the upstream, in the order of the commits that caused it. Nothing is taken out when it has
/// been told: a mark says how far that is, and going back with the mark tells everything behind it again.
public struct Outbox: Sendable {
    /// Most errands that are read, or receipts that are stored, at a time.
    public static let batchCountMax = 64

    /// An errand where it stands.
    public struct Entry: Equatable, Sendable {
        public var sequence: UInt64
        public var errand: Errand

        public init(sequence: UInt64, errand: Errand) {
            self.sequence = sequence
            self.errand = errand
        }
    }

    /// How far the errands have been told.
    public struct Mark: Equatable, Sendable {
        /// Of the last errand that has its receipt; 0: none has.
        public var told: UInt64
        /// Of the mark's own last change, for `Change.requireSetting`.
        var setSequence: UInt64

        public static let none = Mark(told: 0, setSequence: 0)
    }

    static let markSetting = "upstream.told"
    static let forwardingSetting = "upstream.forwarding"

    let index: HandleIndex
    let sink: any ChangeSink

    public init(index: HandleIndex, sink: any ChangeSink) {
        self.index = index
        self.sink = sink
    }

    // MARK: Reading

    public func mark() throws(OutboxError) -> Mark {
        try read { (snapshot) throws(IndexError) in try snapshot.outboxMark() }
    }

    /// The errands behind a sequence, at most `countMax`, under a snapshot of their own.
    public func entries(behind sequence: UInt64, countMax: Int = batchCountMax) throws(OutboxError) -> [Entry] {
        let documents = try read { (snapshot) throws(IndexError) in
            try snapshot.documents(.outbox, after: DocumentKey.name(ofSequence: sequence), countMax: countMax)
        }
        var entries: [Entry] = []
        for document in documents {
            guard let sequence = UInt64(document.name), let errand = Errand(body: document.body) else {
                throw .index(.damagedMeta)
            }
            entries.append(Entry(sequence: sequence, errand: errand))
        }
        return entries
    }

    /// How many errands wait, counted in short snapshots up to `countMax`.
    public func waitingCount(upTo countMax: Int = .max) throws(OutboxError) -> Int {
        var last = try mark().told
        var count = 0
        while count < countMax {
            let page = try entries(behind: last, countMax: 1_000)
            count += page.count
            guard let end = page.last else { break }
            last = end.sequence
        }
        return min(count, countMax)
    }

    public func receipts(behind sequence: UInt64 = 0, countMax: Int = .max) throws(OutboxError) -> [Receipt] {
        try read { (snapshot) throws(IndexError) in
            try snapshot.documents(.receipt, after: DocumentKey.name(ofSequence: sequence), countMax: countMax)
                .map { (document) throws(IndexError) in try Stored<Receipt>(document).value }
        }
    }

    /// What the upstream has told, the oldest first.
    public func notices() throws(OutboxError) -> [UpstreamNotice] {
        try read { (snapshot) throws(IndexError) in
            try snapshot.allStored(UpstreamNotice.self).map(\.value).sorted { $0.time < $1.time }
        }
    }

    public func hasNotice(_ notice: UpstreamNotice) throws(OutboxError) -> Bool {
        try read { (snapshot) throws(IndexError) in
            try snapshot.document(DocumentKey(.notice, notice.documentName)) != nil
        }
    }

    // MARK: Writing

    /// Stores receipts, and moves the mark behind the last of them. When somebody has moved the mark since it was read,
    /// nothing is stored.
    public func store(
        _ receipts: [Receipt], behind mark: Mark, by origin: ChangeOrigin
    ) throws(OutboxError) {
        guard let last = receipts.last else { return }
        var changes = move(mark, to: last.sequence)
        for receipt in receipts { changes.append(.setDocument(receipt.documentKey, body: receipt.body)) }
        try commit(changes, by: origin)
    }

    /// Moves the mark back, so that everything from a sequence on is told again; what is told already has no effect
    /// there. False when that sequence is not told yet.
    public func replay(from sequence: UInt64, by origin: ChangeOrigin) throws(OutboxError) -> Bool {
        let mark = try mark()
        guard sequence > 0, sequence <= mark.told else { return false }
        try commit(move(mark, to: sequence - 1), by: origin)
        return true
    }

    public func isForwarding() throws(OutboxError) -> Bool {
        try read { (snapshot) throws(IndexError) in try snapshot.isForwarding() }
    }

    /// Says whether what happens to prefixes is told to an upstream from now on.
    public func setForwarding(_ isOn: Bool, by origin: ChangeOrigin) throws(OutboxError) {
        guard try isForwarding() != isOn else { return }
        try commit([.setSetting(name: Array(Self.forwardingSetting.utf8), value: isOn ? [1] : [])], by: origin)
    }

    /// Removes errands that have their receipts, those, and notices, all from before `time`, seconds since 1970: at
    /// most a thousand of each; how many.
    public func trim(before time: UInt64, by origin: ChangeOrigin) throws(OutboxError) -> Int {
        let told = try mark().told
        var changes: [Change] = []
        for entry in try entries(behind: 0, countMax: 1_000)
        where entry.sequence <= told && entry.errand.created < time {
            let name = DocumentKey.name(ofSequence: entry.sequence)
            changes += [.removeDocument(DocumentKey(.outbox, name)), .removeDocument(DocumentKey(.receipt, name))]
        }
        for notice in try notices().prefix(1_000) where notice.time < time {
            changes.append(.removeDocument(notice.documentKey))
        }
        if !changes.isEmpty { try commit(changes, by: origin) }
        return changes.count
    }

    private func move(_ mark: Mark, to sequence: UInt64) -> [Change] {
        let name = Array(Self.markSetting.utf8)
        return [
            .requireSetting(name: name, sequence: mark.setSequence),
            .setSetting(name: name, value: Array(String(sequence).utf8)),
        ]
    }

    private func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(OutboxError) -> Result {
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw .index(error) }
    }

    private func commit(_ changes: [Change], by origin: ChangeOrigin) throws(OutboxError) {
        let result: ChangeSetResult
        do throws(SubmissionError) { result = try sink.submit(origin.set(of: changes)) } catch {
            throw .submission(error)
        }
        guard let rejection = result.rejections.first else { return }
        throw rejection.error == .recordChanged ? .moved : .refused(rejection.error)
    }
}

/// Why the outbox cannot be read or written.
public enum OutboxError: Error, Equatable, Sendable {
    /// The mark is elsewhere than it was read.
    case moved
    case index(IndexError)
    case submission(SubmissionError)
    case refused(RegistrationError)
}

extension OutboxError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .moved: "the outbox's mark was moved meanwhile; try again"
        case .index(let error): error.description
        case .submission(let error): error.description
        case .refused(let error): error.description
        }
    }
}

extension IndexSnapshot {
    func outboxMark() throws(IndexError) -> Outbox.Mark {
        let text = try setting(Outbox.markSetting).map { String(decoding: $0, as: UTF8.self) }
        guard let told = text == nil ? 0 : UInt64(text ?? "") else { throw .damagedMeta }
        return Outbox.Mark(told: told, setSequence: try settingSequence(Outbox.markSetting))
    }

    /// Whether what happens to prefixes is told to an upstream.
    func isForwarding() throws(IndexError) -> Bool { try setting(Outbox.forwardingSetting) != nil }
}
