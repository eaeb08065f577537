import BanyanRegistry
import HandleProtocol

/// Bodies of the answers on DIR/control.
///
/// Result: created, replaced, deleted, unchanged, skipped, journal head (u64 each); number of rejections (u32), each
/// ordinal (u32) and reason (u8). Failure: reason (u8) and its text.
enum ControlAnswer {
    static func write(_ result: ChangeSetResult) -> [UInt8] {
        var writer = ByteWriter(capacity: 52 + 5 * result.rejections.count)
        for count in [result.created, result.replaced, result.deleted, result.unchanged, result.skipped] {
            writer.write(UInt64(count))
        }
        writer.write(result.journalHead)
        writer.write(UInt32(result.rejections.count))
        for rejection in result.rejections {
            writer.write(UInt32(rejection.ordinal))
            writer.write(rejection.error.rawValue)
        }
        return writer.bytes
    }

    static func result(parsing bytes: RawSpan) throws(WireError) -> ChangeSetResult {
        var reader = ByteReader(bytes)
        var result = ChangeSetResult()
        result.created = Int(clamping: try reader.readUInt64("created"))
        result.replaced = Int(clamping: try reader.readUInt64("replaced"))
        result.deleted = Int(clamping: try reader.readUInt64("deleted"))
        result.unchanged = Int(clamping: try reader.readUInt64("unchanged"))
        result.skipped = Int(clamping: try reader.readUInt64("skipped"))
        result.journalHead = try reader.readUInt64("journal head")
        for _ in 0..<(try reader.readCount("rejections", minimumByteCount: 5)) {
            let ordinal = Int(try reader.readUInt32("ordinal"))
            let offset = reader.offset
            guard let error = RegistrationError(rawValue: try reader.readUInt8("reason")) else {
                throw WireError(.outOfRange, field: "reason", offset: offset)
            }
            result.rejections.append(ChangeSetResult.Rejection(ordinal: ordinal, error: error))
        }
        return result
    }

    static func write(_ error: SubmissionError) -> [UInt8] {
        let reason: UInt8 =
            switch error {
            case .store, .server: 0
            case .malformedSet: 1
            case .setTooLarge: 2
            case .outOfRoom: 3
            case .readOnly: 4
            case .closed: 5
            case .busy: 6
            }
        return [reason] + Array(error.description.utf8)
    }

    static func error(parsing bytes: [UInt8]) -> SubmissionError {
        switch bytes.first {
        case 1: .malformedSet
        case 2: .setTooLarge
        case 3: .outOfRoom
        case 4: .readOnly
        case 5: .closed
        case 6: .busy
        default: .store(String(decoding: bytes.dropFirst(), as: UTF8.self))
        }
    }
}
