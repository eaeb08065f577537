import HandleProtocol

/// What a change does, as a set writes it.
enum ChangeOperation: UInt8, Sendable {
    case put = 1
    case addValues = 2
    case modifyValues = 3
    case removeValues = 4
    case delete = 5
    case require = 6
    case setState = 7
    case requireSetting = 8
    case home = 16
    case unhome = 17
    case suspend = 18
    case resume = 19
    case setRules = 20
    case setSite = 32
    case setSetting = 33
    case setDocument = 34
    case requireDocument = 35
    case appendDocument = 36
    case trimJournal = 48
    case setMirror = 64
    case fromPrimary = 65
    case follow = 66
    case forget = 67
}

extension ChangeOperation {
    /// Whether it changes nothing, and only says what must be so.
    var isCondition: Bool { self == .require || self == .requireSetting || self == .requireDocument }
}

/// One change where it lies in its set.
struct ChangeView: ~Escapable {
    let operation: ChangeOperation
    /// The case rule of `home`; whether `addValues` overwrites; the state of `put` and `setState`; else 0.
    let option: UInt8
    /// Handle, prefix, name of a setting, or key of a document.
    let handle: RawSpan
    /// The server's of `setSite`; where the values that are answered begin in the payload of a `put` that is out of
    /// use, and of `setState` behind the reason.
    let position: UInt32
    /// Values, indexes, site record, value of a setting, a document, a time, a sequence, a reason, or rules.
    let payload: RawSpan

    @_lifetime(copy reader)
    init(parsing reader: inout ByteReader) throws(WireError) {
        let offset = reader.offset
        guard let operation = ChangeOperation(rawValue: try reader.readUInt8("operation")) else {
            throw WireError(.outOfRange, field: "operation", offset: offset)
        }
        self.operation = operation
        option = try reader.readUInt8("option")
        handle = try reader.readBytes(count: Int(reader.readUInt16("handle")), "handle")
        position = try reader.readUInt32("position")
        payload = try reader.readBytes(count: Int(reader.readUInt32("payload")), "payload")
    }
}

/// The head of a set where it lies.
struct ChangeSetHead: ~Escapable {
    let conflictRule: ConflictRule
    let principal: RawSpan
    let source: RawSpan
    /// Identity of the checkpoint's source; empty: none.
    let identity: RawSpan
    let position: UInt64

    @_lifetime(copy reader)
    init(parsing reader: inout ByteReader) throws(WireError) {
        guard try reader.readUInt8("format") == ChangeSet.format else {
            throw WireError(.outOfRange, field: "format", offset: 0)
        }
        guard let rule = ConflictRule(rawValue: try reader.readUInt8("conflict rule")) else {
            throw WireError(.outOfRange, field: "conflict rule", offset: 1)
        }
        conflictRule = rule
        principal = try reader.readBytes(count: Int(reader.readUInt8("principal")), "principal")
        source = try reader.readBytes(count: Int(reader.readUInt8("source")), "source")
        let offset = reader.offset
        identity = try reader.readBytes(count: Int(reader.readUInt16("checkpoint source")), "checkpoint source")
        guard identity.byteCount <= SourceIdentity.byteCountMax else {
            throw WireError(.outOfRange, field: "checkpoint source", offset: offset)
        }
        position = try reader.readUInt64("checkpoint position")
    }
}

extension ChangeSet {
    /// Takes the written form of a set, from another process as well: every length is checked, changes are counted.
    public init(parsing bytes: [UInt8]) throws(SubmissionError) {
        guard bytes.count <= Self.byteCountMax else { throw .setTooLarge }
        var count = 0
        var head = 0
        do throws(WireError) {
            var reader = ByteReader(bytes.rawSpan)
            _ = try ChangeSetHead(parsing: &reader)
            head = reader.position
            while !reader.isAtEnd {
                _ = try ChangeView(parsing: &reader)
                count += 1
            }
        } catch {
            throw .malformedSet
        }
        guard count <= Self.changeCountMax else { throw .setTooLarge }
        var writer = ByteWriter()
        writer.write(raw: bytes)
        self.init(writer: writer, changeCount: count, headByteCount: head)
    }
}
