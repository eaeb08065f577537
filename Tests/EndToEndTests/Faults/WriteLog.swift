import BanyanTestSupport

/// What a program did to its data file, call by call, and every state that a power cut in between could leave.
struct WriteLog {
    enum Event {
        case write(offset: Int, bytes: [UInt8])
        /// All writes before are on the disk.
        case sync
        /// The write before is on the disk: its descriptor is O_DSYNC.
        case writtenThrough
    }

    /// Each with the place in the log behind it.
    let events: [(event: Event, end: Int)]

    init(parsing bytes: [UInt8]) throws {
        var events: [(Event, Int)] = []
        var position = 0
        // The last entry may be cut off: the program was killed.
        while position + 24 <= bytes.count {
            let head = bytes[position..<position + 24].withUnsafeBytes { raw in
                (
                    raw.loadUnaligned(fromByteOffset: 0, as: UInt32.self),
                    Int(raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    Int(raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                )
            }
            let end = position + 24 + head.2
            guard end <= bytes.count else { break }
            switch head.0 {
            case 1: events.append((.write(offset: head.1, bytes: Array(bytes[position + 24..<end])), end))
            case 2: events.append((.sync, end))
            case 3: events.append((.writtenThrough, end))
            default: throw TestFailure("an unknown entry in the log of writes")
            }
            position = end
        }
        self.events = events
    }

    /// The disk after the first `count` events: what is safe on it, and what may be.
    struct Crash {
        var safe: [UInt8]
        var pending: [(offset: Int, bytes: [UInt8])]

        /// The file with those pieces of pending writes for which `keeps` says so. A piece is a sector of 512 bytes:
        /// the disk writes one whole or not at all.
        func file(keeping keeps: (_ piece: Int) -> Bool) -> [UInt8] {
            var file = safe
            var piece = 0
            for write in pending {
                var start = 0
                while start < write.bytes.count {
                    let end = min(write.bytes.count, start + 512 - (write.offset + start) % 512)
                    if keeps(piece) { WriteLog.put(write.bytes[start..<end], at: write.offset + start, into: &file) }
                    piece += 1
                    start = end
                }
            }
            return file
        }
    }

    /// Calls `body` with the crash after each event, in order. With `trustsSyncs` false the disk lies: it has taken
    /// nothing of what it said it had, which proves that the harness would see a loss.
    func forEachCrash(from base: [UInt8], trustsSyncs: Bool = true, _ body: (Crash, _ end: Int) throws -> Void) rethrows
    {
        var crash = Crash(safe: base, pending: [])
        for (event, end) in events {
            switch event {
            case .write(let offset, let bytes): crash.pending.append((offset, bytes))
            case .sync where trustsSyncs:
                for write in crash.pending { Self.put(write.bytes[...], at: write.offset, into: &crash.safe) }
                crash.pending = []
            case .writtenThrough where trustsSyncs:
                if let write = crash.pending.popLast() {
                    Self.put(write.bytes[...], at: write.offset, into: &crash.safe)
                }
            case .sync, .writtenThrough: break
            }
            try body(crash, end)
        }
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, into file: inout [UInt8]) {
        if file.count < offset + bytes.count {
            file += [UInt8](repeating: 0, count: offset + bytes.count - file.count)
        }
        file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
