/// What is wrong with an identifier's values, held against its template, or with a template itself.
public enum TemplateViolation: Error, Equatable, Sendable {
    /// No item has this index.
    case unknownIndex(UInt32)
    /// The item of this index has another type.
    case otherType(UInt32)
    case repeatedIndex(UInt32)
    /// The index is the node's own: it holds the reference to the template.
    case reservedIndex(UInt32)
    case disabledItem(name: String)
    case missingItem(name: String)
    case tooShort(name: String, lengthMin: Int)
    case tooLong(name: String, lengthMax: Int)
    // Of a template:
    case noItems
    case tooManyItems
    case repeatedName(String)
    case repeatedType(String)
    case invalidLengths(name: String)
}

/// Checks values by a template. Made once for many identifiers.
///
///  1. Every value has an index of the template, once, and the type of its item; the node's own index is not taken.
///  2. Its item is enabled, or the identifier has had this value before.
///  3. Its length in characters is within the item's bounds.
///  4. Every enabled item that is required has a value.
public struct TemplateRules: Sendable {
    /// Where the node keeps the reference to the template, with type `TEMPLATE`; 1000 is where earlier nodes had it.
    public static let referenceIndex: UInt32 = 1_001
    public static let oldReferenceIndex: UInt32 = 1_000

    /// A value as a client gives it.
    public struct Value: Sendable {
        public var index: UInt32
        public var type: String
        public var text: String

        public init(index: UInt32, type: String, text: String) {
            self.index = index
            self.type = type
            self.text = text
        }
    }

    private let items: [UInt32: TemplateItem]
    private let required: [TemplateItem]

    public init(_ template: Template) {
        items = Dictionary(template.items.map { ($0.index, $0) }) { first, _ in first }
        required = template.items.filter { $0.isRequired && $0.isEnabled }
    }

    /// - Parameter before: indexes that the identifier has already.
    public func check(_ values: [Value], before: Set<UInt32> = []) throws(TemplateViolation) {
        var seen: Set<UInt32> = []
        for value in values {
            guard value.index != Self.referenceIndex, value.index != Self.oldReferenceIndex else {
                throw .reservedIndex(value.index)
            }
            guard let item = items[value.index] else { throw .unknownIndex(value.index) }
            guard item.type == value.type else { throw .otherType(value.index) }
            guard seen.insert(value.index).inserted else { throw .repeatedIndex(value.index) }
            guard item.isEnabled || before.contains(value.index) else { throw .disabledItem(name: item.name) }
            let length = value.text.count
            guard length >= item.lengthMin else { throw .tooShort(name: item.name, lengthMin: item.lengthMin) }
            guard length <= item.lengthMax else { throw .tooLong(name: item.name, lengthMax: item.lengthMax) }
        }
        for item in required where !seen.contains(item.index) { throw .missingItem(name: item.name) }
    }
}

extension Template {
    /// That names, types and indexes are unique, lengths make sense, and no index is the node's own.
    public func check() throws(TemplateViolation) {
        guard !items.isEmpty else { throw .noItems }
        guard items.count <= Self.itemCountMax else { throw .tooManyItems }
        var names: Set<String> = []
        var types: Set<String> = []
        var indexes: Set<UInt32> = []
        for item in items {
            guard names.insert(item.name).inserted else { throw .repeatedName(item.name) }
            guard types.insert(item.type).inserted else { throw .repeatedType(item.type) }
            guard indexes.insert(item.index).inserted else { throw .repeatedIndex(item.index) }
            guard item.index >= Self.firstItemIndex, item.index <= UInt32(Int32.max) else {
                throw .reservedIndex(item.index)
            }
            guard item.lengthMin >= 0, item.lengthMax >= item.lengthMin, item.lengthMax > 0 else {
                throw .invalidLengths(name: item.name)
            }
        }
    }

    /// Changes and adds items: one with index and type of an item takes its place, others are new; none goes.
    public mutating func merge(_ changed: [TemplateItem]) {
        for item in changed {
            if let position = items.firstIndex(where: { $0.index == item.index && $0.type == item.type }) {
                items[position] = item
            } else {
                items.append(item)
            }
        }
    }
}
