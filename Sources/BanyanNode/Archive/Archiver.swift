import BanyanIndex
import Dispatch
import HandleProtocol
import Logging
import ServiceLifecycle
import Synchronization

/// Writes the journal into the archive, behind the commits: a change is there a moment after it was acknowledged. A
/// folder that cannot be written delays nothing and loses nothing, it is only told, and caught up with.
final class Archiver: Service, Sendable {
    struct Figures: Equatable {
        /// Of the last change in the archive.
        var sequence: UInt64 = 0
        /// Changes that the archive will never have: the journal had lost them before they were archived.
        var missing: UInt64 = 0
        /// Attempts that failed.
        var failures = 0
    }

    private struct State {
        var figures = Figures()
        var segment: (path: String, byteCount: Int)?
        var isOpen = false
    }

    private static let interval: Duration = .milliseconds(250)
    /// Entries of one frame, from one snapshot.
    private static let entryCountMax = 1_000
    private static let frameByteCountGoal = 4 << 20

    private let archive: JournalArchive
    private let index: HandleIndex
    private let logger: Logger
    private let state = Mutex(State())
    /// As of the last frame: who asks does not wait for a disk.
    private let shown = Mutex(Figures())

    init(_ archive: JournalArchive, index: HandleIndex, logger: Logger) {
        self.archive = archive
        self.index = index
        self.logger = logger
    }

    /// How far the archive is.
    var figures: Figures { shown.withLock { $0 } }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await work()
                try? await Task.sleep(for: Self.interval)
            }
        }
        // Nothing is written any more: the last changes.
        await work()
    }

    /// On a thread of its own: it waits for a disk.
    private func work() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [self] in
                do throws(NodeError) { try catchUp() } catch {
                    shown.withLock { $0.failures += 1 }
                    logger.error("the journal cannot be archived", metadata: ["error": "\(error)"])
                }
                continuation.resume()
            }
        }
    }

    /// Archives what the journal has and the archive has not.
    func catchUp() throws(NodeError) {
        while true {
            var isDone = false
            let result = state.withLock { state -> Result<Void, NodeError> in
                do throws(NodeError) {
                    if !state.isOpen { try open(&state) }
                    isDone = try !archiveSome(&state)
                    shown.withLock { shown in
                        shown.sequence = state.figures.sequence
                        shown.missing = state.figures.missing
                    }
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
            if isDone { return }
        }
    }

    /// Finds the archive's end, cuts off what a killed node has left half written, and proves that it is of this
    /// journal.
    private func open(_ state: inout State) throws(NodeError) {
        try system { () throws(SystemError) in try SystemFile.makeFolder(archive.path, mode: 0o750) }
        var last: (sequence: UInt64, entry: [UInt8])?
        for segment in try archive.segments().reversed() where last == nil {
            let (frames, byteCount, size) = try JournalArchive.read(segment.path)
            if byteCount < size {
                try system { () throws(SystemError) in
                    try SystemOpenFile(appendingTo: segment.path).truncate(toByteCount: byteCount)
                }
            }
            if state.segment == nil { state.segment = (segment.path, byteCount) }
            if let frame = frames.last, let item = frame.items.last { last = (frame.lastSequence, item.entry) }
        }
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            let (base, head) = (try snapshot.journalBase(), try snapshot.journalHead())
            var sequence = base.sequence
            if let last {
                guard last.sequence <= head.sequence, try isOurs(last, snapshot, base) else {
                    throw IndexError.damagedJournal(last.sequence)
                }
                sequence = max(sequence, last.sequence)
                state.figures.missing += sequence - last.sequence
                if sequence > last.sequence { state.segment = nil }
            }
            state.figures.sequence = sequence
        } catch {
            throw .damaged(
                "\(archive.path) is not the archive of this journal (\(error)): name an empty folder in "
                    + "archive.directory")
        }
        state.isOpen = true
    }

    private func isOurs(
        _ last: (sequence: UInt64, entry: [UInt8]), _ snapshot: borrowing IndexSnapshot, _ base: JournalPlace
    ) throws(IndexError) -> Bool {
        guard last.sequence > base.sequence else { return true }
        guard let entry = try snapshot.journalEntry(last.sequence) else { return false }
        return entry.bytes.hasSameBytes(as: last.entry.rawSpan)
    }

    /// One frame, durably; false when nothing was left to do.
    private func archiveSome(_ state: inout State) throws(NodeError) -> Bool {
        let frame: ArchiveFrame
        do throws(IndexError) { frame = try nextFrame(after: state.figures.sequence) } catch { throw .index(error) }
        guard !frame.items.isEmpty else { return false }
        if frame.firstSequence > state.figures.sequence + 1 {
            state.figures.missing += frame.firstSequence - state.figures.sequence - 1
            state.segment = nil
        }
        let bytes = frame.bytes
        let segment = state.segment.flatMap { $0.byteCount < JournalArchive.segmentByteCount ? $0 : nil }
        let path = segment?.path ?? archive.segmentPath(first: frame.firstSequence)
        do throws(SystemError) {
            let file = try SystemOpenFile(appendingTo: path)
            // What an attempt that failed has left.
            try file.truncate(toByteCount: segment?.byteCount ?? 0)
            try SystemFile.write(bytes, descriptor: file.descriptor, path: path)
            try file.synchronize()
            if segment == nil { try SystemFile.synchronizeFolder(of: path) }
        } catch {
            throw .system(error)
        }
        state.segment = (path, (segment?.byteCount ?? 0) + bytes.count)
        state.figures.sequence = frame.lastSequence
        return true
    }

    private func nextFrame(after sequence: UInt64) throws(IndexError) -> ArchiveFrame {
        let snapshot = try index.snapshot()
        var frame = ArchiveFrame(firstSequence: sequence + 1, items: [])
        var byteCount = 0
        var walk = try snapshot.journal(from: sequence + 1)
        while frame.items.count < Self.entryCountMax, byteCount < Self.frameByteCountGoal,
            let entry = try walk.next()
        {
            if frame.items.isEmpty { frame.firstSequence = entry.sequence }
            let after = try snapshot.stateAfter(entry)
            byteCount += entry.bytes.byteCount + after.count
            frame.items.append(ArchiveFrame.Item(entry: entry.bytes.array, after: after))
        }
        return frame
    }
}
