public import BanyanIndex

/// A data template: which values identifiers made by it have, by index and type, and how long they may be. What a
/// secondary node's customers call 数据模板; known by prefix and version.
public struct Template: StoredDocument, Equatable {
    public static let kind = DocumentKind.template
    /// Index of a template's first item, where it names none.
    public static let firstItemIndex: UInt32 = 2_000
    /// Longest version, in characters, and prefix.
    public static let versionLengthMax = 128
    public static let prefixLengthMax = 64
    /// Items of a template.
    public static let itemCountMax = 1_000

    /// Folded.
    public var prefix: String
    /// Any text: some put a product's model there. Never changes.
    public var version: String
    /// For clients that want a number.
    public var number: UInt64
    /// Category, division, group and class of GB/T 4754, as the client wrote them.
    public var industry: [String]
    /// 1: for identifiers on active carriers; 2: for others.
    public var type: Int
    public var description: String?
    public var items: [TemplateItem]

    public init(
        prefix: String, version: String, number: UInt64, industry: [String], type: Int, description: String?,
        items: [TemplateItem]
    ) {
        self.prefix = prefix
        self.version = version
        self.number = number
        self.industry = industry
        self.type = type
        self.description = description
        self.items = items
    }

    public var documentName: String { Self.documentName(prefix: prefix, version: version) }

    public static func documentName(prefix: String, version: String) -> String { "\(prefix)/\(version)" }
}

/// One value that identifiers of a template have.
public struct TemplateItem: Codable, Equatable, Sendable {
    /// What people call it; unique in the template.
    public var name: String
    /// The value's type; unique in the template.
    public var type: String
    /// The value's index; unique in the template.
    public var index: UInt32
    public var isRequired: Bool
    /// A disabled item stays for identifiers that have it, and is refused in new ones.
    public var isEnabled: Bool
    /// Characters.
    public var lengthMin: Int
    public var lengthMax: Int

    public init(
        name: String, type: String, index: UInt32, isRequired: Bool, isEnabled: Bool, lengthMin: Int, lengthMax: Int
    ) {
        self.name = name
        self.type = type
        self.index = index
        self.isRequired = isRequired
        self.isEnabled = isEnabled
        self.lengthMin = lengthMin
        self.lengthMax = lengthMax
    }
}
