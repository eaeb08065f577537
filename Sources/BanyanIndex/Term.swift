import HandleProtocol

/// Promotions: each makes a mirror the primary, by an entry in the journal that raises the term. Of two nodes that both
/// take themselves for the primary the one with the lower term is wrong.
public enum Term {
    /// The setting that holds the term (u64), and behind it the SHA-256 of the primary's public key record.
    public static let setting = "term"

    /// The setting's value.
    public static func value(_ term: UInt64, of publicKeyDigest: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(term)
        writer.write(raw: publicKeyDigest)
        return writer.bytes
    }
}

extension IndexSnapshot {
    /// How often a mirror has been made the primary in this journal.
    public func term() throws(IndexError) -> UInt64 {
        guard let value = try setting(Term.setting), value.count >= 8 else { return 0 }
        return value.rawSpan.bigEndianUInt64(at: 0)
    }
}
