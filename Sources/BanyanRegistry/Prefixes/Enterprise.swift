public import BanyanIndex

/// An enterprise that has applied for a prefix. What is about persons stands sealed in a file apart, so that it can
/// really be removed: the journal keeps what a document was.
public struct Enterprise: StoredDocument, Equatable {
    public static let kind = DocumentKind.enterprise

    /// Who has read what is about persons, and when.
    public struct Reading: Codable, Equatable, Sendable {
        public var reader: String
        /// Seconds since 1970.
        public var time: UInt64
    }

    public var number: UInt64
    public var name: String
    public var nature: String
    public var certificateType: Int
    public var certificateCode: String
    public var description: String?
    public var website: String?
    public var address: String
    public var industry: String
    /// The account that it signs in by.
    public var owner: String
    /// The file with the whole application; nil when it has been removed.
    public var file: String?
    public var lastReading: Reading?
    /// Seconds since 1970.
    public var created: UInt64
    public var updated: UInt64

    public init(
        name: String, nature: String, certificateType: Int, certificateCode: String, description: String?,
        website: String?, address: String, industry: String, owner: String
    ) {
        number = DocumentNumber.make()
        self.name = name
        self.nature = nature
        self.certificateType = certificateType
        self.certificateCode = certificateCode
        self.description = description
        self.website = website
        self.address = address
        self.industry = industry
        self.owner = owner
        created = ChangeOrigin.now
        updated = created
    }

    public var documentName: String { Self.documentName(number) }

    /// Of one length, so that names sort as numbers do.
    public static func documentName(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 20 - text.count)) + text
    }
}
