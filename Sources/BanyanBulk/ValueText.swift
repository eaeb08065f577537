import HandleProtocol

/// The text in which batch files, and cells of CSV files, give typed values.
enum ValueText {
    /// `300:111111111111:0.NA/88.118.8`: index, permissions in the order of batch files, handle. As HS_ADMIN data.
    static func administrator(_ text: [UInt8]) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let digits = Array(parts[1])
        guard let permissions = AdminPermissions(batchText: digits.rawSpan) else { return nil }
        let reference = Array(parts[0]) + [UInt8(ascii: ":")] + parts[2]
        guard let administrator = ValueReference(text: reference.rawSpan) else { return nil }
        var writer = ByteWriter()
        AdminRecord(permissions: permissions, administrator: administrator).write(to: &writer)
        return writer.bytes
    }

    /// The text of HS_ADMIN data; nil when it would not read back as the same bytes.
    static func text(administrator data: RawSpan) -> [UInt8]? {
        guard let record = try? AdminRecord(parsing: data) else { return nil }
        let text =
            Array("\(record.administrator.index):".utf8) + record.permissions.batchText + [UInt8(ascii: ":")]
            + record.administrator.handle
        guard let again = administrator(text), again.rawSpan.hasSameBytes(as: data) else { return nil }
        return text
    }

    /// `300:0.NA/88.118.8;301:0.NA/88.118.8;`: references, each with a semicolon behind. As HS_VLIST data.
    static func list(_ text: [UInt8]) -> [UInt8]? {
        var references: [ValueReference] = []
        for part in text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: true) {
            guard let reference = ValueReference(text: part.rawSpan) else { return nil }
            references.append(reference)
        }
        var writer = ByteWriter()
        ValueList(references: references).write(to: &writer)
        return writer.bytes
    }

    /// The text of HS_VLIST data; nil when it would not read back as the same bytes.
    static func text(list data: RawSpan) -> [UInt8]? {
        guard let record = try? ValueList(parsing: data) else { return nil }
        let text = record.references.flatMap { Array("\($0.index):".utf8) + $0.handle + [UInt8(ascii: ";")] }
        guard let again = list(text), again.rawSpan.hasSameBytes(as: data) else { return nil }
        return text
    }

    /// What is wrong with a text that is none of these.
    static let administratorReason = "no administrator; give INDEX:PERMISSIONS:HANDLE with twelve digits 0 or 1"
    static let listReason = "no list; give INDEX:HANDLE; for each member"
}
