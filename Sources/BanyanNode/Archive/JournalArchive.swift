import BanyanIndex
import HandleProtocol

/// The journal outside the node: segments in a folder that the operator names, on another disk or a mounted machine.
/// With a backup they bring an index to any point behind it.
///
/// A segment is called by the sequence of its first entry, holds frames one behind the other, and is only appended to.
public struct JournalArchive: Sendable {
    /// A segment that has so many bytes is followed by another.
    static let segmentByteCount = 64 << 20
    private static let suffix = ".segment"

    let path: String

    public init(_ path: String) { self.path = path }

    /// The segments in order.
    func segments() throws(NodeError) -> [(first: UInt64, path: String)] {
        let names = try system { () throws(SystemError) in try SystemFile.names(in: path) }
        return names.compactMap { name in
            guard name.hasSuffix(Self.suffix), let first = UInt64(name.dropLast(Self.suffix.count)) else { return nil }
            return (first, path + "/" + name)
        }.sorted { $0.first < $1.first }
    }

    func segmentPath(first: UInt64) -> String {
        let digits = String(first)
        return path + "/" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits + Self.suffix
    }

    static func read(_ segment: String) throws(NodeError) -> (frames: [ArchiveFrame], byteCount: Int, size: Int) {
        let bytes = try system { () throws(SystemError) in
            try SystemFile.read(segment, byteCountMax: 2 * segmentByteCount)
        }
        let (frames, byteCount) = ArchiveFrame.parse(segment: bytes)
        return (frames, byteCount, bytes.count)
    }

    /// How a replay went.
    public struct Replayed: Sendable {
        public var count = 0
        /// Of the index behind it.
        public var sequence: UInt64 = 0
        /// Of its last entry, milliseconds since 1970.
        public var time: UInt64 = 0
    }

    /// Brings an index that nobody else has open to what it was at `time` (ms since 1970; nil: as far as the archive
    /// reaches). Every entry is proven by chain and digest before it counts.
    ///
    /// - Throws: `.damaged` where entries are missing, are another node's, or the index is newer than `time`.
    func replay(into index: HandleIndex, until time: UInt64?) throws(NodeError) -> Replayed {
        var replayed = Replayed()
        do throws(IndexError) {
            let head = try index.snapshot().journalHead()
            replayed.sequence = head.sequence
            replayed.time = head.time
        } catch {
            throw .index(error)
        }
        if let time, replayed.time > time {
            throw .damaged("the backup is newer than that time: take an older one")
        }
        let segments = try segments()
        var writer = IndexWriter(index)
        for (position, segment) in segments.enumerated() {
            // Passed over when the next one begins at or before what comes next.
            if position + 1 < segments.count, segments[position + 1].first <= replayed.sequence + 1 { continue }
            let (frames, byteCount, size) = try Self.read(segment.path)
            for frame in frames where frame.lastSequence > replayed.sequence {
                guard frame.firstSequence <= replayed.sequence + 1 else {
                    throw .damaged(
                        "the archive lacks changes \(replayed.sequence + 1) to \(frame.firstSequence - 1): "
                            + "\(segment.path)")
                }
                guard try apply(frame, to: &writer, until: time, &replayed) else { return replayed }
            }
            guard byteCount == size || position == segments.count - 1 else {
                throw .damaged("\(segment.path) is damaged behind its first \(byteCount) bytes")
            }
        }
        return replayed
    }

    /// One frame in one transaction; false when the time is reached.
    private func apply(
        _ frame: ArchiveFrame, to writer: inout IndexWriter, until time: UInt64?, _ replayed: inout Replayed
    ) throws(NodeError) -> Bool {
        var isOver = false
        do throws(IndexError) {
            try writer.begin(at: 0)
            for (offset, item) in frame.items.enumerated() {
                guard frame.firstSequence + UInt64(offset) > replayed.sequence else { continue }
                let entryTime = item.entry.rawSpan.bigEndianUInt64(at: 42)
                if let time, entryTime > time {
                    isOver = true
                    break
                }
                try writer.restore(item.entry.rawSpan, after: item.after.rawSpan)
                replayed.count += 1
                replayed.sequence = writer.sequence
                replayed.time = entryTime
            }
            try writer.commit()
        } catch {
            writer.abort()
            throw .index(error)
        }
        return !isOver
    }
}
