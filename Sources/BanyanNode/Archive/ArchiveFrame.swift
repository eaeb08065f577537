import HandleProtocol
import OpenSSL

/// Journal entries that were archived together, each with what it left behind.
///
/// | size | field |
/// |---|---|
/// | 4 | `BJA1` |
/// | 4 | length n of what follows, without the digest |
/// | 8 | sequence of the first entry |
/// | 4 | entries, each: |
/// | 4 + 4 | – lengths |
/// | | – the entry as the journal has it, the state after it |
/// | 32 | SHA-256 of the n bytes |
struct ArchiveFrame: Equatable {
    struct Item: Equatable {
        var entry: [UInt8]
        var after: [UInt8]
    }

    private static let magic: UInt32 = 0x424A_4131
    private static let headByteCount = 8
    private static let digestByteCount = 32

    var firstSequence: UInt64
    var items: [Item]

    var lastSequence: UInt64 { firstSequence &+ UInt64(items.count) &- 1 }

    var bytes: [UInt8] {
        var content = ByteWriter()
        content.write(firstSequence)
        content.write(UInt32(truncatingIfNeeded: items.count))
        for item in items {
            content.write(UInt32(truncatingIfNeeded: item.entry.count))
            content.write(UInt32(truncatingIfNeeded: item.after.count))
            content.write(raw: item.entry)
            content.write(raw: item.after)
        }
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(UInt32(truncatingIfNeeded: content.byteCount))
        writer.write(raw: content.bytes)
        writer.write(raw: Digest.hash(content.bytes, .sha256))
        return writer.bytes
    }

    /// The frames of a segment, and how many bytes they are: what is behind was cut off in the middle of a write, or is
    /// damaged.
    static func parse(segment bytes: [UInt8]) -> (frames: [ArchiveFrame], byteCount: Int) {
        var frames: [ArchiveFrame] = []
        var position = 0
        while position + headByteCount <= bytes.count {
            var head = ByteReader(bytes.rawSpan.extracting(position..<position + headByteCount))
            guard let found = try? head.readUInt32("magic"), found == magic,
                let length = try? head.readUInt32("length")
            else { break }
            let start = position + headByteCount
            let end = start + Int(length)
            guard end + digestByteCount <= bytes.count else { break }
            let content = Array(bytes[start..<end])
            guard Digest.hash(content, .sha256).elementsEqual(bytes[end..<end + digestByteCount]),
                let frame = try? ArchiveFrame(parsing: content)
            else { break }
            frames.append(frame)
            position = end + digestByteCount
        }
        return (frames, position)
    }

    init(firstSequence: UInt64, items: [Item]) {
        self.firstSequence = firstSequence
        self.items = items
    }

    private init(parsing content: [UInt8]) throws(WireError) {
        var reader = ByteReader(content.rawSpan)
        firstSequence = try reader.readUInt64("sequence")
        items = []
        for _ in 0..<(try reader.readUInt32("count")) {
            let entryByteCount = Int(try reader.readUInt32("length"))
            let afterByteCount = Int(try reader.readUInt32("length"))
            let entry = try reader.readBytes(count: entryByteCount, "entry").array
            items.append(Item(entry: entry, after: try reader.readBytes(count: afterByteCount, "state").array))
        }
    }
}
