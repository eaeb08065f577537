import BanyanRegistry

/// What a load has done so far.
public struct LoadReport: Equatable, Sendable {
    /// Rows taken, refused ones included; blank lines and comments are none.
    public var rowCount = 0
    public var createdCount = 0
    public var replacedCount = 0
    public var deletedCount = 0
    /// There with the same values.
    public var unchangedCount = 0
    /// Left alone by the conflict rule.
    public var skippedCount = 0
    public var rejectedCount = 0
    /// The journal's last sequence after the last commit; 0 before any.
    public var journalHead: UInt64 = 0
    /// Inputs that an earlier, broken-off load had begun.
    public var resumed: [Resumption] = []
    /// With `isStrict`, a bad row has ended the load.
    public var isStopped = false

    /// Where an input was gone on with.
    public struct Resumption: Equatable, Sendable {
        public var path: String
        /// The last line that was loaded before.
        public var line: Int
    }

    public init() {}

    mutating func add(_ result: ChangeSetResult) {
        createdCount += result.created
        replacedCount += result.replaced
        deletedCount += result.deleted
        unchangedCount += result.unchanged
        skippedCount += result.skipped
        journalHead = max(journalHead, result.journalHead)
    }
}

/// How far a load is.
public struct LoadProgress: Sendable {
    public var path: String
    /// Rows of this load.
    public var rowCount: Int
    public var rejectedCount: Int
    /// Of the input on disk: bytes read, and all; nil where the size is not known.
    public var readByteCount: UInt64
    public var byteCount: UInt64?
}

/// Who hears what happens during a load; called on the loader's thread.
public protocol LoadObserver: AnyObject {
    func rejected(_ row: RejectedRow)
    func resumed(_ resumption: LoadReport.Resumption)
    /// Called once a chunk.
    func progressed(_ progress: LoadProgress)
}
