// How a mirror asks for changes and for everything. Not in any RFC; established from the reference server.

/// Which server of which site asks: it gets the handles that hash to it.
public struct MirrorPosition: Equatable, Sendable {
    public var hashOption: HashOption
    public var serverCount: UInt32
    /// From 0.
    public var position: UInt32

    /// The only server of its site, which gets everything.
    public static let whole = MirrorPosition(hashOption: .wholeHandle, serverCount: 1, position: 0)

    public init(hashOption: HashOption, serverCount: UInt32, position: UInt32) {
        self.hashOption = hashOption
        self.serverCount = serverCount
        self.position = position
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        hashOption = HashOption(rawValue: try reader.readUInt8("mirror hash option"))
        serverCount = try reader.readUInt32("mirror server count")
        position = try reader.readUInt32("mirror server position")
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(hashOption.rawValue)
        writer.write(serverCount)
        writer.write(position)
    }
}

/// All changes since what the mirror has, opcode 1001.
public struct TransactionsRequest: Equatable, Sendable {
    public var known: Known
    public var mirror: MirrorPosition
    public var surplus: [UInt8] = []

    /// What the mirror has already.
    public enum Known: Equatable, Sendable {
        /// Below 2.9: the last transaction and the date of the last question in milliseconds since 1970.
        case position(transactionID: UInt64, date: UInt64)
        /// From 2.9 on the same behind a byte 0.
        case markedPosition(transactionID: UInt64, date: UInt64)
        /// From 2.9 on: a byte 1, then a JSON text with the last transaction of each server.
        case states([UInt8])
        /// From 2.9 on, between nodes of Banyan's kind: a byte 2, then a place in the journal.
        case journal(JournalPosition)
    }

    public init(known: Known, mirror: MirrorPosition) {
        self.known = known
        self.mirror = mirror
    }

    public init(parsing reader: inout ByteReader, version: ProtocolVersion) throws(WireError) {
        if version.hasFeatures(of2: 9) {
            let offset = reader.offset
            switch try reader.readUInt8("replication state form") {
            case 0:
                known = .markedPosition(
                    transactionID: try reader.readUInt64("last transaction"),
                    date: try reader.readUInt64("last query date"))
            case 1: known = .states(try reader.readBytes("replication states").array)
            case 2: known = .journal(try JournalPosition(parsing: &reader))
            default: throw WireError(.malformed, field: "replication state form", offset: offset)
            }
        } else {
            known = .position(
                transactionID: try reader.readUInt64("last transaction"),
                date: try reader.readUInt64("last query date"))
        }
        mirror = try MirrorPosition(parsing: &reader)
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        switch known {
        case .position(let transactionID, let date):
            writer.write(transactionID)
            writer.write(date)
        case .markedPosition(let transactionID, let date):
            writer.write(UInt8(0))
            writer.write(transactionID)
            writer.write(date)
        case .states(let text):
            writer.write(UInt8(1))
            writer.write(text)
        case .journal(let position):
            writer.write(UInt8(2))
            position.write(to: &writer)
        }
        mirror.write(to: &writer)
        writer.write(raw: surplus)
    }
}

/// Everything that the server has, opcode 1002.
public struct DumpRequest: Equatable, Sendable {
    public var mirror: MirrorPosition
    /// Where a dump that broke off goes on.
    public var resume: ResumePoint?
    public var surplus: [UInt8] = []

    public struct ResumePoint: Equatable, Sendable {
        /// The last one that arrived.
        public var handle: [UInt8]
        /// Of which table: 0 dates of handles, 1 dates of prefixes, 2 handles, 3 prefixes; between nodes of Banyan's
        /// kind those of `NodeStream`.
        public var table: UInt32

        public init(handle: [UInt8], table: UInt32) {
            self.handle = handle
            self.table = table
        }
    }

    public init(mirror: MirrorPosition, resume: ResumePoint? = nil) {
        self.mirror = mirror
        self.resume = resume
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        mirror = try MirrorPosition(parsing: &reader)
        if !reader.isAtEnd {
            let handle = try reader.readBytes("dump resume handle").array
            resume = ResumePoint(handle: handle, table: try reader.readUInt32("dump resume table"))
        }
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        mirror.write(to: &writer)
        if let resume {
            writer.write(resume.handle)
            writer.write(resume.table)
        }
        writer.write(raw: surplus)
    }
}

/// In front of a stream of transactions: the answer to opcode 1001.
public struct StreamAnnouncement: Equatable, Sendable {
    /// Bit 0: the connection stays open behind the stream.
    public var flags: UInt8
    public var surplus: [UInt8] = []

    public init(flags: UInt8 = 0) {
        self.flags = flags
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        flags = try reader.readUInt8("stream flags")
        surplus = reader.readRest().array
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(flags)
        writer.write(raw: surplus)
    }
}
