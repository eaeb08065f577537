import BanyanIndex
import HandleProtocol

/// Documents: what they hold is checked by who makes them; here is what holds for all.
extension ChangeRules {
    mutating func setDocument(_ key: RawSpan, _ value: RawSpan, by origin: borrowing Origin) throws -> ChangeOutcome {
        guard Self.isKey(key), value.byteCount <= Limits.recordByteCount,
            value.byteCount == 0
                || value.byteCount >= 4 && Int(value.bigEndianUInt32(at: 0)) <= value.byteCount - 4
        else { throw RegistrationError.invalidSetting }
        let isNew = try writer.documentSequence(key) == 0
        guard try writer.setDocument(key, to: value, by: origin) else { return .unchanged }
        return value.byteCount == 0 ? .deleted : isNew ? .created : .replaced
    }

    /// One transaction hands out each sequence once, so nothing that was appended is written over.
    mutating func appendDocument(
        of kind: RawSpan, _ value: RawSpan, by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        let name = DocumentKey.name(ofSequence: writer.sequence + 1)
        let key = kind.array + Array("/\(name)".utf8)
        return try setDocument(key.rawSpan, value, by: origin)
    }

    mutating func requireDocument(_ key: RawSpan, sequence: RawSpan) throws -> ChangeOutcome {
        guard Self.isKey(key) else { throw RegistrationError.invalidSetting }
        guard try writer.documentSequence(key) == sequence.bigEndianUInt64(at: 0) else {
            throw RegistrationError.recordChanged
        }
        return .unchanged
    }

    /// A kind, a slash and a name.
    private static func isKey(_ key: RawSpan) -> Bool {
        guard let slash = key.offset(of: UInt8(ascii: "/")), (1...32).contains(slash),
            (1...DocumentKey.nameByteCountMax).contains(key.byteCount - slash - 1)
        else { return false }
        return NameRules.isText(key)
    }
}
