import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// Data templates: version 3 and, with changes of what is there, version 5; and the older paths for the same.
struct TemplateRoutes: Sendable {
    private static let oldPaths = ["/snms/api/template/v1", "/snms/template"]
    private static let paths = ["/snms/api/v3/template", "/snms/api/v5/template"]

    let services: SNMSServices

    var routes: [SNMSRoute] {
        (Self.paths + Self.oldPaths).flatMap { path in
            [
                SNMSRoute("GET", path) { try query($0) }, SNMSRoute("POST", path) { try create($0) },
                SNMSRoute("DELETE", path) { try delete($0) },
            ]
        } + [SNMSRoute("PUT", "/snms/api/v5/template") { try modify($0) }]
    }

    private func query(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        guard let prefix = request.parameter("prefix") else { throw .refused(Messages.missing("prefix")) }
        guard let version = request.parameter("version") else { throw .refused(Messages.missing("version")) }
        let name = try Self.name(prefix, version)
        try request.require(.read, under: name.prefix)
        return try stored(name).value.answer
    }

    private func create(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let template = try Self.template(request.json())
        try request.require(.template, under: template.prefix)
        let state = try services.read { (snapshot) throws(IndexError) in
            let name = Array(template.prefix.utf8)
            return snapshot.prefix(name.rawSpan)?.state
        }
        guard let state else { throw .refused(Messages.prefixNotHosted) }
        guard state == .active else { throw .refused(Messages.prefixSuspended) }
        do throws(TemplateViolation) { try template.check() } catch { throw .refused(Messages.text(error)) }
        try services.apply(
            template.creation() + [template.record], by: request.origin, conflict: Messages.templateExists)
        return .boolean(true)
    }

    /// Items that are not named stay; one whose index and type are there takes its place.
    private func modify(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let body = try request.json()
        let name = try Self.name(body.text("prefix", max: 64), body.text("version", max: 128))
        try request.require(.template, under: name.prefix)
        let stored = try stored(name)
        var template = stored.value
        if !body["industryCategory"].isNull { template.industry = try Self.industry(body) }
        if !body["type"].isNull { template.type = try body.integer("type", in: 1...2) }
        if let description = try body.optionalText("description", max: 1_024) { template.description = description }
        template.merge(try Self.items(body, taken: Set(template.items.map(\.index)), needsState: true))
        do throws(TemplateViolation) { try template.check() } catch { throw .refused(Messages.text(error)) }
        try services.apply(
            template.update(of: stored.sequence) + [template.record], by: request.origin, conflict: Messages.busy)
        return .boolean(true)
    }

    private func delete(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let body = try request.json()
        let name = try Self.name(body.text("prefix", max: 64), body.text("version", max: 128))
        try request.require(.template, under: name.prefix)
        let stored = try stored(name)
        try services.apply(
            stored.value.removal(of: stored.sequence) + [.delete(handle: Array(stored.value.handle.utf8))],
            by: request.origin, conflict: Messages.busy)
        return .boolean(true)
    }

    private func stored(_ name: (prefix: String, document: String)) throws(SNMSFailure) -> Stored<Template> {
        let stored = try services.read { (snapshot) throws(IndexError) in
            try snapshot.stored(Template.self, name.document)
        }
        guard let stored else { throw .refused(Messages.templateAbsent) }
        return stored
    }

    private static func name(
        _ prefix: String, _ version: String
    ) throws(SNMSFailure) -> (prefix: String, document: String) {
        guard prefix.count <= Template.prefixLengthMax, let folded = Prefix(prefix)?.description else {
            throw .refused(Messages.invalid("prefix"))
        }
        let document = Template.documentName(prefix: folded, version: version)
        guard version.count <= Template.versionLengthMax, !version.contains("\0"),
            document.utf8.count <= DocumentKey.nameByteCountMax
        else { throw .refused(Messages.invalid("version")) }
        return (folded, document)
    }
}

// MARK: Reading and writing

extension TemplateRoutes {
    private static func template(_ body: JSONValue) throws(SNMSFailure) -> Template {
        let version = try body.text("version", max: 128)
        let name = try name(body.text("prefix", max: 64), version)
        return try Template(
            prefix: name.prefix, version: version, number: DocumentNumber.make(), industry: industry(body),
            type: body.integer("type", in: 1...2), description: body.optionalText("description", max: 1_024),
            items: items(body, taken: [], needsState: false))
    }

    /// Category, division, group and class of GB/T 4754.
    private static func industry(_ body: JSONValue) throws(SNMSFailure) -> [String] {
        try [
            body.letter("industryCategory"), body.code("industrySpecific", digits: 2),
            body.code("industryTrade", digits: 3), body.code("industrySubclass", digits: 4),
        ]
    }

    /// Items without an index are numbered from 2000 on, past indexes that are taken.
    private static func items(
        _ body: JSONValue, taken: Set<UInt32>, needsState: Bool
    ) throws(SNMSFailure) -> [TemplateItem] {
        guard let rows = body["items"].array else { throw .refused(Messages.missing("items")) }
        guard rows.count <= Template.itemCountMax else { throw .refused(Messages.text(.tooManyItems)) }
        var taken = taken.union(rows.compactMap { $0["idIndex"].integer.flatMap { UInt32(exactly: $0) } })
        var next = Template.firstItemIndex
        var items: [TemplateItem] = []
        for row in rows {
            var index = UInt32(0)
            if row["idIndex"].isNull || row["idIndex"].looseText == "" {
                while taken.contains(next) { next += 1 }
                index = next
                taken.insert(next)
            } else {
                index = UInt32(try row.integer("idIndex", in: 1...Int(Int32.max)))
            }
            items.append(try item(row, index: index, needsState: needsState))
        }
        return items
    }

    private static func item(
        _ row: JSONValue, index: UInt32, needsState: Bool
    ) throws(SNMSFailure) -> TemplateItem {
        if needsState, row["state"].isNull { throw .refused(Messages.missing("state")) }
        // Some manuals call it an array; samples hold one object.
        let metadata = row["metadata"].array?.first ?? row["metadata"]
        if metadata.isNull { throw .refused(Messages.missing("metadata")) }
        guard metadata["type"].string == "string" else { throw .refused(Messages.invalid("metadata.type")) }
        let isRequired = row["required"].boolean
        guard row["required"].isNull || isRequired != nil else { throw .refused(Messages.invalid("required")) }
        let state = row["state"].isNull ? 1 : try row.integer("state", in: 0...1)
        return try TemplateItem(
            name: row.text("name", max: 255), type: row.text("idType", max: 128), index: index,
            isRequired: isRequired ?? false, isEnabled: state == 1,
            lengthMin: metadata.integer("minLength", in: 0...255),
            lengthMax: metadata.integer("maxLength", in: 1...100_000))
    }
}

extension Template {
    /// The template's own identifier.
    var handle: String { "\(prefix)/META_\(number)" }

    /// The record of its own identifier: so that whoever meets a reference can resolve it.
    fileprivate var record: Change {
        let value = HandleValue(index: 1, type: Array("TEMPLATE".utf8), data: answer.bytes)
        return .put(handle: Array(handle.utf8), values: [value].wireBytes)
    }

    fileprivate var answer: JSONValue {
        .object([
            ("id", .integer(number)), ("prefix", .string(prefix)), ("version", .string(version)),
            ("name", .string(version)), ("handle", .string(handle)),
            ("industryCategory", .string(industry[0])), ("industrySpecific", .string(industry[1])),
            ("industryTrade", .string(industry[2])), ("industrySubclass", .string(industry[3])),
            ("type", .integer(type)), ("description", .text(description)),
            ("items", .array(items.map { $0.answer(of: number) })),
        ])
    }
}

extension TemplateItem {
    fileprivate func answer(of template: UInt64) -> JSONValue {
        .object([
            ("name", .string(name)), ("idType", .string(type)), ("idIndex", .integer(index)),
            ("required", .boolean(isRequired)), ("state", .integer(isEnabled ? 1 : 0)),
            ("metadataId", .string("\(template)-\(index)")),
            (
                "metadata",
                .object([
                    ("type", "string"), ("minLength", .integer(lengthMin)), ("maxLength", .integer(lengthMax)),
                ])
            ),
        ])
    }
}
