import BanyanHTTP
import BanyanRegistry
import HandleProtocol

/// An identifier as a client registers it: its name, its template's version, its values.
struct IdentifierRecord: Sendable {
    static let handleLengthMax = 255
    static let valueLengthMax = 255
    static let valueCountMax = 1_000

    var handle: String
    var version: String
    var values: [TemplateRules.Value]

    init(handle: String, version: String, values: [TemplateRules.Value]) {
        self.handle = handle
        self.version = version
        self.values = values
    }

    init(_ json: JSONValue) throws(SNMSFailure) {
        handle = try json.text("handle", max: Self.handleLengthMax)
        version = try json.text("templateVersion", max: Template.versionLengthMax)
        guard let rows = json["value"].array else { throw .refused(Messages.missing("value")) }
        guard rows.count <= Self.valueCountMax else { throw .refused(Messages.tooLong("value", Self.valueCountMax)) }
        values = []
        for row in rows {
            let index = UInt32(try row.integer("index", in: 0...Int(Int32.max)))
            let type = try row.text("type", max: 128)
            let data = row["data"]
            if data.isNull { throw .refused(Messages.missing("data")) }
            guard data["format"].isNull || data["format"].string == "string" else {
                throw .refused(Messages.invalid("data.format"))
            }
            // The manual's tables misspell the member.
            let member = data["value"].isNull ? data["vlaue"] : data["value"]
            guard let text = member.looseText else { throw .refused(Messages.missing("data.value")) }
            guard text.count <= Self.valueLengthMax else {
                throw .refused(Messages.tooLong("data.value", Self.valueLengthMax))
            }
            // What a query has shown of the template may come back.
            if Self.isReference(index), type.hasPrefix("TEMPLATE"), text == version { continue }
            values.append(TemplateRules.Value(index: index, type: type, text: text))
        }
    }

    static func isReference(_ index: UInt32) -> Bool {
        index == TemplateRules.referenceIndex || index == TemplateRules.oldReferenceIndex
    }

    var prefix: String { Principal.prefix(of: Array(handle.utf8)) }

    /// The values, the reference to the template, and of those before what is the Handle System's own: who administers
    /// the identifier is nothing that these calls know of.
    func values(keeping before: [HandleValue]) -> [HandleValue] {
        var result = before.filter { $0.type.starts(with: Array("HS_".utf8)) }
        result.append(
            HandleValue(
                index: TemplateRules.referenceIndex, type: Array("TEMPLATE".utf8), data: Array(version.utf8)))
        for value in values {
            result.append(
                HandleValue(index: value.index, type: Array(value.type.utf8), data: Array(value.text.utf8)))
        }
        return result.sorted { $0.index < $1.index }
    }
}
