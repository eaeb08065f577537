import HandleProtocol

/// What a JSON value must be like: the part of JSON Schema that this API needs. The same schema stands in the OpenAPI
/// document and is what bodies and parameters are held against, so that the two cannot differ.
struct JSONSchema: Sendable {
    indirect enum Form: Sendable {
        case any
        case null
        case boolean
        case integer(ClosedRange<Int>)
        /// Of so many Unicode scalars.
        case string(ClosedRange<Int>, StringForm = .text)
        case choice([String])
        case array(JSONSchema, ClosedRange<Int>)
        case object([Member], isOpen: Bool)
        /// Members of any name.
        case map(JSONSchema)
        case oneOf([JSONSchema])
        /// One that stands under `components` by that name.
        case named(String)
    }

    /// What a string holds.
    enum StringForm: Sendable {
        case text
        /// RFC 3339.
        case time
        case pattern(String)

        static let prefix = StringForm.pattern("^[^/\\u0000-\\u001f]+$")
    }

    struct Member: Sendable {
        var name: String
        var schema: JSONSchema
        var isRequired: Bool
    }

    var form: Form
    var text: String?
    var isNullable = false

    init(_ form: Form, _ text: String? = nil) {
        self.form = form
        self.text = text
    }

    func described(_ text: String) -> JSONSchema {
        var schema = self
        schema.text = text
        return schema
    }

    var orNull: JSONSchema {
        var schema = self
        schema.isNullable = true
        return schema
    }

    // MARK: Short forms

    static let any = JSONSchema(.any)
    static let boolean = JSONSchema(.boolean)
    static func text(_ length: ClosedRange<Int> = 0...1_024, _ form: StringForm = .text) -> JSONSchema {
        JSONSchema(.string(length, form))
    }
    static func integer(_ range: ClosedRange<Int> = 0...(1 << 53)) -> JSONSchema { JSONSchema(.integer(range)) }
    static func choice(_ words: [String]) -> JSONSchema { JSONSchema(.choice(words)) }
    static func array(_ element: JSONSchema, _ count: ClosedRange<Int> = 0...10_000) -> JSONSchema {
        JSONSchema(.array(element, count))
    }
    static func object(_ members: [Member]) -> JSONSchema { JSONSchema(.object(members, isOpen: false)) }
    static func named(_ name: String) -> JSONSchema { JSONSchema(.named(name)) }
    static let time = JSONSchema(.string(20...35, .time), "A point in time (RFC 3339), such as 2027-01-01T00:00:00Z.")
    static let prefix = JSONSchema(.string(1...255, .prefix), "A prefix, without 0.NA/ in front.")
}

extension JSONSchema.Member {
    static func required(_ name: String, _ schema: JSONSchema) -> Self {
        Self(name: name, schema: schema, isRequired: true)
    }
    static func optional(_ name: String, _ schema: JSONSchema) -> Self {
        Self(name: name, schema: schema, isRequired: false)
    }
}

// MARK: Holding values against it

extension JSONSchema {
    /// What is wrong with a value: where, and what would be taken.
    struct Violation: Error {
        var field: String
        var reason: String
    }

    /// - Parameter field: where the value stands, as in `values[2].index`.
    func check(_ value: JSONValue, at field: String) throws(Violation) {
        if isNullable, value.isNull { return }
        switch (form, value) {
        case (.any, _), (.null, .null), (.boolean, .boolean): return
        case (.integer(let range), .number(let text)):
            guard let number = Int(text), range.contains(number) else {
                throw Violation(field: field, reason: "a whole number \(Self.bounds(range)) is wanted")
            }
        case (.string(let length, let form), .string(let text)):
            try Self.check(text, length, form, at: field)
        case (.choice(let words), .string(let text)):
            guard words.contains(text) else {
                throw Violation(field: field, reason: "accepted: " + words.joined(separator: ", "))
            }
        case (.array(let schema, let count), .array(let elements)):
            guard count.contains(elements.count) else {
                throw Violation(field: field, reason: "\(Self.bounds(count)) elements are wanted")
            }
            for (position, element) in elements.enumerated() { try schema.check(element, at: "\(field)[\(position)]") }
        case (.object(let members, let isOpen), .object(let given)):
            try Self.check(given, members, isOpen: isOpen, at: field)
        case (.map(let schema), .object(let given)):
            for member in given { try schema.check(member.value, at: Self.path(field, member.name)) }
        case (.oneOf(let schemas), _):
            let fits = schemas.contains { schema in (try? schema.check(value, at: field)) != nil }
            if !fits { throw Violation(field: field, reason: "none of the forms that are accepted") }
        case (.named(let name), _):
            guard let schema = APISchemas.all[name] else { return }
            try schema.check(value, at: field)
        default: throw Violation(field: field, reason: "\(kind) is wanted")
        }
    }

    private static func check(
        _ text: String, _ length: ClosedRange<Int>, _ form: StringForm, at field: String
    ) throws(Violation) {
        guard length.contains(text.unicodeScalars.count) else {
            throw Violation(field: field, reason: "\(bounds(length)) characters are wanted")
        }
        switch form {
        case .text: return
        case .time:
            guard Timestamp(text) != nil else {
                throw Violation(field: field, reason: "a point in time such as 2027-01-01T00:00:00Z is wanted")
            }
        case .pattern:
            guard !text.unicodeScalars.contains(where: { $0 == "/" || $0.value < 0x20 }) else {
                throw Violation(field: field, reason: "text without slashes and control characters is wanted")
            }
        }
    }

    private static func check(
        _ given: [(name: String, value: JSONValue)], _ members: [Member], isOpen: Bool, at field: String
    ) throws(Violation) {
        var seen: Set<String> = []
        for member in given {
            guard seen.insert(member.name).inserted else {
                throw Violation(field: path(field, member.name), reason: "it is there twice")
            }
            guard let known = members.first(where: { $0.name == member.name }) else {
                if isOpen { continue }
                let names = members.map(\.name).joined(separator: ", ")
                throw Violation(field: path(field, member.name), reason: "no such member; accepted: \(names)")
            }
            try known.schema.check(member.value, at: path(field, member.name))
        }
        for member in members where member.isRequired && !seen.contains(member.name) {
            throw Violation(field: path(field, member.name), reason: "it is missing")
        }
    }

    private static func path(_ field: String, _ name: String) -> String { field.isEmpty ? name : "\(field).\(name)" }

    private static func bounds(_ range: ClosedRange<Int>) -> String {
        range.upperBound >= 1 << 53 ? "from \(range.lowerBound) on" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    private var kind: String {
        switch form {
        case .any, .oneOf, .named: "another value"
        case .null: "null"
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .string, .choice: "a text"
        case .array: "an array"
        case .object, .map: "an object"
        }
    }
}

// MARK: In the document

extension JSONSchema {
    /// As JSON Schema 2020-12.
    var json: JSONValue {
        var members: [(name: String, value: JSONValue)] = []
        func type(_ name: JSONValue) -> (name: String, value: JSONValue) {
            ("type", isNullable ? .array([name, "null"]) : name)
        }
        switch form {
        case .any: break
        case .null: members = [("type", "null")]
        case .boolean: members = [type("boolean")]
        case .integer(let range):
            members = [
                type("integer"), ("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound)),
            ]
        case .string(let length, let form):
            members = [type("string")]
            if length.lowerBound > 0 { members.append(("minLength", .integer(length.lowerBound))) }
            members.append(("maxLength", .integer(length.upperBound)))
            switch form {
            case .text: break
            case .time: members.append(("format", "date-time"))
            case .pattern(let pattern): members.append(("pattern", .string(pattern)))
            }
        case .choice(let words):
            let all = words.map(JSONValue.string) + (isNullable ? [.null] : [])
            members = [type("string"), ("enum", .array(all))]
        case .array(let element, let count):
            members = [type("array"), ("items", element.json)]
            if count.lowerBound > 0 { members.append(("minItems", .integer(count.lowerBound))) }
            members.append(("maxItems", .integer(count.upperBound)))
        case .object(let known, let isOpen):
            members = [type("object"), ("properties", .object(known.map { ($0.name, $0.schema.json) }))]
            let required = known.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { members.append(("required", .array(required))) }
            if !isOpen { members.append(("additionalProperties", .boolean(false))) }
        case .map(let schema): members = [type("object"), ("additionalProperties", schema.json)]
        case .oneOf(let schemas): members = [("oneOf", .array(schemas.map(\.json)))]
        case .named(let name): members = [("$ref", .string("#/components/schemas/" + name))]
        }
        if let text { members.append(("description", .string(text))) }
        return .object(members)
    }
}
