/// Puts messages together from the datagrams they were cut into (RFC 3652 §2.3). Pieces come in any order and
/// repeated; the message is complete when the last missing one arrives.
///
/// Bounded in every way: bytes of a message, messages in work, messages of one source, time. A newcomer beyond a bound
/// is refused; those in work stay. Memory grows with the bytes that came, not with what was announced. There is no
/// clock inside: the caller tells the time with each datagram. Each call takes amortized constant time.
///
/// `Source` is what the caller knows a sender by: the address without the port (the reference's rule).
public struct FragmentAssembly<Source: Hashable & Sendable>: Sendable {
    public struct Bounds: Sendable {
        /// Longest message after its envelope.
        public var messageByteCount = Limits.assembledByteCount
        /// Messages in work.
        public var count = Limits.assemblyCount
        /// Messages in work from one source.
        public var countPerSource = Limits.assemblyCountPerSource
        /// From a message's first datagram until it is given up.
        public var milliseconds = Limits.assemblyMilliseconds

        public init() {}
    }

    /// What became of a datagram.
    public enum Outcome: Equatable, Sendable {
        /// Not a piece of anything: it has no truncated flag. Nothing was kept.
        case whole
        /// Kept, or known already; pieces are missing.
        case incomplete
        /// The message with the envelope of its first datagram.
        case complete([UInt8])
        case dropped(Reason)
    }

    /// Why a datagram was dropped.
    public enum Reason: Sendable, CaseIterable {
        /// Shorter than an envelope, or a piece of another length than its place asks for.
        case malformed
        /// The announced message is longer than the bound.
        case tooLong
        /// Its place is behind the message's end.
        case beyondEnd
        /// It announces another length than the pieces before it: these are dropped with it.
        case disagreement
        /// Too many messages in work, or from this source.
        case tooMany
    }

    private struct Key: Hashable {
        var source: Source
        var requestID: UInt32
    }

    private struct Entry {
        var serial: UInt64
        var envelope: Envelope
        var pieces: [[UInt8]?]
        var missingCount: Int
    }

    private struct Deadline {
        var at: UInt64
        var key: Key
        var serial: UInt64
    }

    private let bounds: Bounds
    private var entries: [Key: Entry] = [:]
    private var countBySource: [Source: Int] = [:]
    /// In the order of their beginning, which is the order of their end. Rows whose message is done are passed over.
    private var deadlines: [Deadline] = []
    private var firstDeadline = 0
    private var nextSerial: UInt64 = 0

    public init(bounds: Bounds = Bounds()) {
        self.bounds = bounds
    }

    /// Messages in work.
    public var count: Int { entries.count }

    /// Takes a datagram. `now` is in milliseconds, from any start, and must not fall. `isExempt`: the source may have
    /// any number of messages in work.
    public mutating func receive(
        _ datagram: RawSpan, from source: Source, at now: UInt64, isExempt: Bool = false
    ) -> Outcome {
        expire(at: now)
        guard let envelope = try? Envelope(parsing: datagram) else { return .dropped(.malformed) }
        guard envelope.flags.contains(.truncated) else { return .whole }
        let piece = datagram.extracting(droppingFirst: Envelope.byteCount)
        let key = Key(source: source, requestID: envelope.requestID)

        let known = entries[key]
        if let known, known.envelope.messageByteCount != envelope.messageByteCount {
            remove(key)
            return .dropped(.disagreement)
        }
        guard envelope.messageByteCount <= UInt32(Int32.max),
            Int(envelope.messageByteCount) <= bounds.messageByteCount
        else { return .dropped(.tooLong) }
        let length = Int(envelope.messageByteCount)
        // Flagged as one of several, and all there: complete at once, whatever the size of its only piece.
        if envelope.sequence == 0, piece.byteCount == length {
            remove(key)
            return .complete(datagram.array)
        }
        let count = Fragments.count(of: length, pieceByteCount: Limits.fragmentByteCount)
        guard envelope.sequence < UInt32(count) else { return .dropped(.beyondEnd) }
        let position = Int(envelope.sequence)
        guard piece.byteCount == min(Limits.fragmentByteCount, length - position * Limits.fragmentByteCount) else {
            return .dropped(.malformed)
        }
        if known == nil {
            guard begin(key, envelope, pieceCount: count, at: now, isExempt: isExempt) else {
                return .dropped(.tooMany)
            }
        }
        return add(piece, at: position, to: key, envelope)
    }

    /// Gives up the messages whose time is over.
    public mutating func expire(at now: UInt64) {
        while firstDeadline < deadlines.count, deadlines[firstDeadline].at <= now {
            let deadline = deadlines[firstDeadline]
            firstDeadline += 1
            if entries[deadline.key]?.serial == deadline.serial { remove(deadline.key) }
        }
        // Rows that are done are thrown away when they are the larger part, so that each is moved once on average.
        if deadlines.count - firstDeadline > 2 * bounds.count + 16 {
            deadlines.removeAll { entries[$0.key]?.serial != $0.serial }
            firstDeadline = 0
        } else if firstDeadline > 64, firstDeadline > deadlines.count / 2 {
            deadlines.removeFirst(firstDeadline)
            firstDeadline = 0
        }
    }

    private mutating func begin(
        _ key: Key, _ envelope: Envelope, pieceCount: Int, at now: UInt64, isExempt: Bool
    ) -> Bool {
        let ofSource = countBySource[key.source, default: 0]
        guard entries.count < bounds.count, isExempt || ofSource < bounds.countPerSource else { return false }
        nextSerial &+= 1
        entries[key] = Entry(
            serial: nextSerial, envelope: envelope, pieces: Array(repeating: nil, count: pieceCount),
            missingCount: pieceCount)
        countBySource[key.source] = ofSource + 1
        deadlines.append(Deadline(at: now &+ bounds.milliseconds, key: key, serial: nextSerial))
        return true
    }

    private mutating func add(_ piece: RawSpan, at position: Int, to key: Key, _ envelope: Envelope) -> Outcome {
        guard let index = entries.index(forKey: key), entries.values[index].pieces[position] == nil else {
            return .incomplete
        }
        entries.values[index].pieces[position] = piece.array
        entries.values[index].missingCount -= 1
        if position == 0 { entries.values[index].envelope = envelope }
        guard entries.values[index].missingCount == 0 else { return .incomplete }
        let entry = entries.values[index]
        remove(key)
        var writer = ByteWriter(capacity: Envelope.byteCount + Int(entry.envelope.messageByteCount))
        entry.envelope.write(to: &writer)
        for case let piece? in entry.pieces { writer.write(raw: piece) }
        return .complete(writer.bytes)
    }

    private mutating func remove(_ key: Key) {
        guard entries.removeValue(forKey: key) != nil else { return }
        let left = countBySource[key.source, default: 1] - 1
        countBySource[key.source] = left > 0 ? left : nil
    }
}
