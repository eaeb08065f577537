/// The first record of a stream of transactions (answer to opcode 1001).
public struct TransactionStreamHeader: Equatable, Sendable {
    /// 1, or 2 where the request told its state as JSON.
    public var format: UInt32
    public var status: Status

    public struct Status: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// The log no longer reaches back so far: the mirror must fetch everything again.
        public static let dumpNeeded = Status(rawValue: 1)
        public static let transactionsFollow = Status(rawValue: 2)
    }

    public init(format: UInt32 = 1, status: Status) {
        self.format = format
        self.status = status
    }

    public init(parsing reader: inout ByteReader) throws(WireError) {
        format = try reader.readUInt32("transaction stream format")
        status = Status(rawValue: try reader.readUInt32("transaction stream status"))
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(format)
        writer.write(status.rawValue)
    }
}

/// One change, as a mirror learns of it.
public struct Transaction: Equatable, Sendable {
    public var id: UInt64
    public var handle: [UInt8]
    public var action: Action
    /// Milliseconds since 1970.
    public var date: UInt64
    /// Of create and update: what the handle holds now, not what it held then. Empty for all other actions.
    public var values: [HandleValue]

    public struct Action: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let createHandle = Action(rawValue: 1)
        public static let deleteHandle = Action(rawValue: 2)
        public static let updateHandle = Action(rawValue: 3)
        public static let homePrefix = Action(rawValue: 4)
        public static let unhomePrefix = Action(rawValue: 5)
        public static let deleteAll = Action(rawValue: 6)

        public var carriesValues: Bool { self == .createHandle || self == .updateHandle }
    }

    public init(id: UInt64, handle: [UInt8], action: Action, date: UInt64, values: [HandleValue] = []) {
        self.id = id
        self.handle = handle
        self.action = action
        self.date = date
        self.values = values
    }

    init(parsing reader: inout ByteReader) throws(WireError) {
        id = try reader.readUInt64("transaction id")
        handle = try reader.readBytes("transaction handle").array
        action = Action(rawValue: try reader.readUInt8("transaction action"))
        date = try reader.readUInt64("transaction date")
        values = action.carriesValues ? try reader.readCountedValues() : []
    }

    func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(handle)
        writer.write(action.rawValue)
        writer.write(date)
        if action.carriesValues { writer.writeCounted(values) }
    }
}

/// A record of a stream of transactions, behind its header.
public enum TransactionRecord: Equatable, Sendable {
    /// Kind 1.
    case transaction(Transaction)
    /// Kind 2, in format 2: the following transactions come from this server's queue.
    case queue(name: [UInt8])
    /// Kind 3, in format 2: how far that queue has come, milliseconds since 1970.
    case queueDate(UInt64)
    /// Kind 0: the end; in format 1 with the date to ask from next time, milliseconds since 1970.
    case end(sourceDate: UInt64?)

    public init(parsing reader: inout ByteReader, format: UInt32) throws(WireError) {
        let offset = reader.offset
        switch try reader.readUInt8("transaction record kind") {
        case 0: self = .end(sourceDate: format == 1 ? try reader.readUInt64("transaction source date") : nil)
        case 1: self = .transaction(try Transaction(parsing: &reader))
        case 2: self = .queue(name: try reader.readBytes("transaction queue name").array)
        case 3: self = .queueDate(try reader.readUInt64("transaction queue date"))
        default: throw WireError(.malformed, field: "transaction record kind", offset: offset)
        }
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .end(let sourceDate):
            writer.write(UInt8(0))
            if let sourceDate { writer.write(sourceDate) }
        case .transaction(let transaction):
            writer.write(UInt8(1))
            transaction.write(to: &writer)
        case .queue(let name):
            writer.write(UInt8(2))
            writer.write(name)
        case .queueDate(let date):
            writer.write(UInt8(3))
            writer.write(date)
        }
    }
}
