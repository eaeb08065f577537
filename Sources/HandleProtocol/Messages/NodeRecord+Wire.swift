extension NodeRecord {
    public init(parsing reader: inout ByteReader) throws(WireError) {
        let offset = reader.offset
        switch try reader.readUInt8("node record kind") {
        case 0:
            let position = try JournalPosition(parsing: &reader)
            self = .mark(position, date: try reader.readUInt64("node clock"))
        case 1:
            let sequence = try reader.readUInt64("entry sequence")
            let bytes = try reader.readBytes("entry").array
            let formOffset = reader.offset
            let form = try reader.readUInt8("entry form")
            guard form <= 1 else { throw WireError(.malformed, field: "entry form", offset: formOffset) }
            self = .entry(
                sequence: sequence, bytes: bytes, after: form == 1 ? try reader.readBytes("record after").array : nil)
        case 2:
            let key = try reader.readBytes("record key").array
            self = .record(key: key, bytes: try reader.readBytes("record").array)
        case 3: self = .prefix(try PrefixState(parsing: &reader))
        case 4:
            let name = try reader.readBytes("setting name").array
            self = .setting(name: name, value: try reader.readBytes("setting").array)
        case 5: self = .page(lastKey: try reader.readBytes("page key").array)
        case 6:
            let key = try reader.readBytes("record key").array
            self = .digest(key: key, digest: try reader.readBytes(count: 32, "record digest").array)
        case 7: self = .chainAlgorithm(try reader.readUInt8("chain algorithm"))
        case 8:
            let key = try reader.readBytes("document key").array
            let value = try reader.readBytes("document").array
            self = .document(key: key, value: value, sequence: try reader.readUInt64("document sequence"))
        case 0xFF: self = .end
        default: throw WireError(.malformed, field: "node record kind", offset: offset)
        }
    }

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .mark(let position, let date):
            writer.write(UInt8(0))
            position.write(to: &writer)
            writer.write(date)
        case .entry(let sequence, let bytes, let after):
            writer.write(UInt8(1))
            writer.write(sequence)
            writer.write(bytes)
            writer.write(UInt8(after == nil ? 0 : 1))
            if let after { writer.write(after) }
        case .record(let key, let bytes):
            writer.write(UInt8(2))
            writer.write(key)
            writer.write(bytes)
        case .prefix(let state):
            writer.write(UInt8(3))
            state.write(to: &writer)
        case .setting(let name, let value):
            writer.write(UInt8(4))
            writer.write(name)
            writer.write(value)
        case .page(let lastKey):
            writer.write(UInt8(5))
            writer.write(lastKey)
        case .digest(let key, let digest):
            writer.write(UInt8(6))
            writer.write(key)
            writer.write(raw: digest)
        case .chainAlgorithm(let algorithm):
            writer.write(UInt8(7))
            writer.write(algorithm)
        case .document(let key, let value, let sequence):
            writer.write(UInt8(8))
            writer.write(key)
            writer.write(value)
            writer.write(sequence)
        case .end: writer.write(UInt8(0xFF))
        }
    }
}

extension NodeRecord.PrefixState {
    init(parsing reader: inout ByteReader) throws(WireError) {
        let name = try reader.readBytes("prefix").array
        let state = try reader.readUInt8("prefix state")
        let caseRule = try reader.readUInt8("prefix case rule")
        let sequence = try reader.readUInt64("prefix sequence")
        let handleCount = try reader.readUInt64("prefix handle count")
        let recordCount = try reader.readUInt64("prefix record count")
        let digest = try reader.readBytes(count: 32, "prefix digest").array
        self.init(
            name: name, state: state, caseRule: caseRule, sequence: sequence, handleCount: handleCount,
            recordCount: recordCount, digest: digest, rules: try reader.readBytes("prefix rules").array)
    }

    func write(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(state)
        writer.write(caseRule)
        writer.write(sequence)
        writer.write(handleCount)
        writer.write(recordCount)
        writer.write(raw: digest)
        writer.write(rules)
    }
}
