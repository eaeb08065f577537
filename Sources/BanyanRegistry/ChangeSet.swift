import BanyanIndex
public import HandleProtocol

/// Changes that commit together, in order, with the place in the input that they come from.
///
/// One array of bytes, which is also how it travels over the control socket: appending a record allocates nothing once
/// there is room, and the commit thread reads it in place.
///
/// | size | field |
/// |---|---|
/// | 1 | format, 1 |
/// | 1 | conflict rule |
/// | 1 + n | principal: who does it |
/// | 1 + n | source: through which door, or from which input, as the journal names it |
/// | 2 + n, 8 | identity of the checkpoint's source (empty: none), position |
/// | | changes, each: |
/// | 1 | – operation |
/// | 1 | – case rule of `home`; 1 for `addValues` to overwrite, `setMirror` to become one; state of `put`, `setState` |
/// | 2 + n | – handle, prefix or name |
/// | 4 | – server's position of `setSite`; where the values that are answered begin, of what is out of use; else 0 |
/// | 4 + n | – values, indexes (4 each), site record, setting, document, time or sequence (8), reason, rules, stream |
public struct ChangeSet: Sendable {
    /// With this many in random order one transaction stays near 16 MB of dirty pages.
    public static let changeCountMax = 4_096
    /// Bytes of a set from which on it should be submitted; one record may make it longer by its own size.
    public static let byteCountGoal = 4 << 20
    /// Longest set in bytes.
    public static let byteCountMax = byteCountGoal + payloadByteCountMax + Limits.handleByteCount + 1_024
    /// Longest payload of a change: a journal entry, which holds a record, with the record that it left.
    static let payloadByteCountMax =
        2 * (Limits.recordByteCount + ChangeRules.answeredByteCountMax) + 3 * Limits.handleByteCount + 1_024

    static let format: UInt8 = 1

    private var writer: ByteWriter
    /// The written form.
    public var bytes: [UInt8] { writer.bytes }
    public private(set) var changeCount = 0
    let headByteCount: Int

    /// An empty set. `principal` and `source` are cut to 255 bytes.
    public init(
        onConflict rule: ConflictRule = .fail, principal: String = "local", source: String = "",
        checkpoint: Checkpoint? = nil
    ) {
        var writer = ByteWriter()
        writer.write(Self.format)
        writer.write(rule.rawValue)
        for text in [principal, source] {
            let utf8 = text.utf8.prefix(255)
            writer.write(UInt8(utf8.count))
            writer.write(raw: utf8)
        }
        let identity = checkpoint?.source.bytes.prefix(SourceIdentity.byteCountMax) ?? []
        writer.write(UInt16(identity.count))
        writer.write(raw: identity)
        writer.write(checkpoint?.position ?? 0)
        self.writer = writer
        headByteCount = writer.byteCount
    }

    /// Appends a registration: a handle as it came, and its values in wire encoding, one behind the other. Allocates
    /// nothing once the set has been filled before. Checked when the set is committed.
    public mutating func appendPut(handle: RawSpan, values: RawSpan) {
        append(.put, handle: handle, payload: values)
    }

    /// As above, for a handle that is out of use: `answered` are the values that are answered in place of its own.
    public mutating func appendPut(handle: RawSpan, values: RawSpan, state: RecordState, answering answered: RawSpan) {
        guard state != .active else { return appendPut(handle: handle, values: values) }
        var payload = ByteWriter(capacity: values.byteCount + answered.byteCount)
        payload.write(raw: values)
        payload.write(raw: answered)
        let bytes = payload.bytes
        append(
            .put, option: state.rawValue, handle: handle, position: UInt32(truncatingIfNeeded: values.byteCount),
            payload: bytes.rawSpan)
    }

    /// Appends one change.
    public mutating func append(_ change: Change) {
        switch change {
        case .put(let handle, let values): append(.put, handle: handle.rawSpan, payload: values.rawSpan)
        case .putInactive(let handle, let values, let state, let answered):
            appendPut(handle: handle.rawSpan, values: values.rawSpan, state: state, answering: answered.rawSpan)
        case .setState(let handle, let state, let reason, let answered):
            let payload = reason + answered
            append(
                .setState, option: state.rawValue, handle: handle.rawSpan,
                position: UInt32(truncatingIfNeeded: reason.count), payload: payload.rawSpan)
        case .addValues(let handle, let values, let overwrites):
            append(.addValues, option: overwrites ? 1 : 0, handle: handle.rawSpan, payload: values.rawSpan)
        case .modifyValues(let handle, let values):
            append(.modifyValues, handle: handle.rawSpan, payload: values.rawSpan)
        case .removeValues(let handle, let indexes):
            var writer = ByteWriter(capacity: indexes.count * 4)
            for index in indexes { writer.write(index) }
            append(.removeValues, handle: handle.rawSpan, payload: writer.bytes.rawSpan)
        case .delete(let handle): append(.delete, handle: handle.rawSpan)
        case .require(let handle, let sequence):
            append(.require, handle: handle.rawSpan, payload: Self.payload(sequence).rawSpan)
        case .requireSetting(let name, let sequence):
            append(.requireSetting, handle: name.rawSpan, payload: Self.payload(sequence).rawSpan)
        case .home(let prefix, let rule): append(.home, option: rule.rawValue, handle: prefix.rawSpan)
        case .unhome(let prefix): append(.unhome, handle: prefix.rawSpan)
        case .suspend(let prefix, let reason):
            append(.suspend, handle: prefix.rawSpan, payload: reason.rawSpan)
        case .resume(let prefix, let reason): append(.resume, handle: prefix.rawSpan, payload: reason.rawSpan)
        case .setRules(let prefix, let rules): append(.setRules, handle: prefix.rawSpan, payload: rules.rawSpan)
        case .setSite(let record, let position):
            append(
                .setSite, handle: RawSpan(), position: UInt32(truncatingIfNeeded: position), payload: record.rawSpan)
        case .trimJournal(let time):
            append(.trimJournal, handle: RawSpan(), payload: Self.payload(time).rawSpan)
        case .setSetting(let name, let value): append(.setSetting, handle: name.rawSpan, payload: value.rawSpan)
        case .setDocument(let key, let body, let secret): append(key, body: body, secret: secret)
        case .removeDocument(let key): append(.setDocument, handle: key.bytes.rawSpan)
        case .appendDocument(let kind, let body):
            append(
                .appendDocument, handle: Array(kind.rawValue.utf8).rawSpan,
                payload: Self.document(body: body, secret: []).rawSpan)
        case .requireDocument(let key, let sequence):
            append(.requireDocument, handle: key.bytes.rawSpan, payload: Self.payload(sequence).rawSpan)
        case .setMirror(let isMirror): append(.setMirror, option: isMirror ? 1 : 0, handle: RawSpan())
        case .fromPrimary: append(.fromPrimary, handle: RawSpan())
        case .forget(let key): append(.forget, handle: key.rawSpan)
        case .follow(let record):
            var writer = ByteWriter()
            record.write(to: &writer)
            append(.follow, handle: RawSpan(), payload: writer.bytes.rawSpan)
        }
    }

    private mutating func append(_ key: DocumentKey, body: [UInt8], secret: [UInt8]) {
        append(.setDocument, handle: key.bytes.rawSpan, payload: Self.document(body: body, secret: secret).rawSpan)
    }

    private static func document(body: [UInt8], secret: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: 4 + body.count + secret.count)
        writer.write(UInt32(truncatingIfNeeded: body.count))
        writer.write(raw: body)
        writer.write(raw: secret)
        return writer.bytes
    }

    private static func payload(_ number: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: 8)
        writer.write(number)
        return writer.bytes
    }

    /// What is longer than it may be is cut just behind that length: the set stays bounded, and it is still refused.
    private mutating func append(
        _ operation: ChangeOperation, option: UInt8 = 0, handle: RawSpan, position: UInt32 = 0,
        payload: RawSpan = RawSpan()
    ) {
        let handle = handle.extracting(0..<min(handle.byteCount, Limits.handleByteCount + 1))
        let payload = payload.extracting(0..<min(payload.byteCount, Self.payloadByteCountMax + 1))
        writer.write(operation.rawValue)
        writer.write(option)
        writer.write(UInt16(truncatingIfNeeded: handle.byteCount))
        writer.write(raw: handle)
        writer.write(position)
        writer.write(UInt32(truncatingIfNeeded: payload.byteCount))
        writer.write(raw: payload)
        changeCount += 1
    }

    /// Where the input goes on behind this set; only for a set that was made with a checkpoint.
    public mutating func setCheckpointPosition(_ position: UInt64) {
        writer.overwrite(UInt32(truncatingIfNeeded: position >> 32), at: headByteCount - 8)
        writer.overwrite(UInt32(truncatingIfNeeded: position), at: headByteCount - 4)
    }

    /// Of bytes that have been checked.
    init(writer: ByteWriter, changeCount: Int, headByteCount: Int) {
        self.writer = writer
        self.changeCount = changeCount
        self.headByteCount = headByteCount
    }

    /// Bytes of the written form.
    public var byteCount: Int { writer.byteCount }
    public var isEmpty: Bool { changeCount == 0 }
    /// Whether it should be submitted before anything else is added.
    public var isFull: Bool { changeCount >= Self.changeCountMax || writer.byteCount >= Self.byteCountGoal }

    /// Forgets the changes, keeps head and room.
    public mutating func removeAll() {
        writer.truncate(to: headByteCount)
        changeCount = 0
    }
}
