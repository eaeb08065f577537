import BanyanSync
import HandleProtocol

/// A mirror's status as it passes through DIR/control: state u8 with its reason, sequences, times.
extension MirrorStatus {
    var bytes: [UInt8] {
        var writer = ByteWriter()
        let (kind, reason): (UInt8, String) =
            switch state {
            case .waiting(let reason): (0, reason)
            case .seeding: (1, "")
            case .following: (2, "")
            case .refused(let reason): (3, reason)
            }
        writer.write(kind)
        writer.write(reason)
        for number in [primarySequence, sequence, toldAt, committedAt, refusedCount, primaryTerm] {
            writer.write(number)
        }
        return writer.bytes
    }

    init?(parsing bytes: RawSpan) {
        self.init()
        var reader = ByteReader(bytes)
        do throws(WireError) {
            let kind = try reader.readUInt8("state")
            let reason = String(decoding: try reader.readBytes("reason").array, as: UTF8.self)
            state = kind == 1 ? .seeding : kind == 2 ? .following : kind == 3 ? .refused(reason) : .waiting(reason)
            primarySequence = try reader.readUInt64("primary sequence")
            sequence = try reader.readUInt64("sequence")
            toldAt = try reader.readUInt64("told at")
            committedAt = try reader.readUInt64("committed at")
            refusedCount = try reader.readUInt64("refused")
            primaryTerm = try reader.readUInt64("term")
        } catch {
            return nil
        }
    }
}
