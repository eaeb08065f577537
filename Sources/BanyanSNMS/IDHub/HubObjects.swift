import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// Digital Objects over HTTP: an identifier is an object, its template the object's type, its values are the object's
/// attributes by their English names.
struct HubObjects: Sendable {
    let services: SNMSServices

    func operate(_ request: SNMSRequest, isReading: Bool) throws -> JSONValue {
        guard let target = request.parameter("targetId") else {
            throw HubFailure(.badParameter, Messages.missing("targetId"))
        }
        guard target.count <= IdentifierRecord.handleLengthMax, target.contains("/"), !target.hasPrefix("/") else {
            throw HubFailure(.badIdentifier, Messages.invalid("targetId"))
        }
        switch (request.parameter("operationId"), isReading) {
        case ("0.DOIP/Op.Retrieve", _): return try retrieve(target, request)
        case ("0.DOIP/Op.Create", false): return try write(target, .create, keepsOthers: false, request)
        case ("0.DOIP/Op.Update", false): return try write(target, .update, keepsOthers: false, request)
        case ("0.DOIP.EXTEND/Op.Update.Non.Overlay", false):
            return try write(target, .update, keepsOthers: true, request)
        case ("0.DOIP/Op.Delete", false): return try delete(target, request)
        default: throw HubFailure(.unknownOperation, Messages.invalid("operationId"))
        }
    }

    // MARK: Reading

    private func retrieve(_ target: String, _ request: SNMSRequest) throws -> JSONValue {
        let values = try values(of: target).filter { $0.permissions.contains(.publicRead) && !$0.isOfTheSystem }
        if let template = try template(at: target) { return template.object(named: target) }
        guard !values.isEmpty else { throw HubFailure(.notFound, Messages.identifierMissing) }
        let template = try template(of: target, values)
        let own = values.filter { !IdentifierRecord.isReference($0.index) }
        let elements = own.map { value in
            let item = template?.items.first { $0.index == value.index }
            return JSONValue.object([
                ("index", .integer(value.index)), ("type", .string(String(decoding: value.type, as: UTF8.self))),
                ("name", .text(item?.name)), ("dataType", .integer(1)),
                ("value", .string(String(decoding: value.data, as: UTF8.self))),
            ])
        }
        let type = JSONValue.text(template?.handle)
        return .object([
            ("id", .string(target)), ("type", type),
            ("attributes", .object([("id", .string(target)), ("type", type), ("elements", .array(elements))])),
        ])
    }

    /// The values that a handle is answered with; none where there is no such handle here.
    private func values(of handle: String) throws(SNMSFailure) -> [HandleValue] {
        try services.read { (snapshot) throws(IndexError) in
            let prefix = Array(Principal.prefix(of: Array(handle.utf8)).utf8)
            guard snapshot.prefix(prefix.rawSpan)?.state == .active, try snapshot.hasHandle(handle) else { return [] }
            return try snapshot.answeredValues(of: Array(handle.utf8))
        }
    }

    /// The template whose own identifier that is.
    private func template(at handle: String) throws -> Template? {
        guard let value = try values(of: handle).first(where: { $0.index == 1 && $0.type == Array("TEMPLATE".utf8) }),
            let json = try? JSONValue(parsing: value.data), let version = json["version"].string
        else { return nil }
        return try stored(prefix: Principal.prefix(of: Array(handle.utf8)), version: version)
    }

    /// The template that an identifier refers to.
    private func template(of handle: String, _ values: [HandleValue]) throws -> Template? {
        guard let reference = values.first(where: { $0.index == TemplateRules.referenceIndex }) else { return nil }
        return try stored(
            prefix: Principal.prefix(of: Array(handle.utf8)), version: String(decoding: reference.data, as: UTF8.self))
    }

    private func stored(prefix: String, version: String) throws(SNMSFailure) -> Template? {
        try services.read { (snapshot) throws(IndexError) in
            try snapshot.stored(Template.self, Template.documentName(prefix: prefix, version: version))?.value
        }
    }

    // MARK: Writing

    private func write(
        _ target: String, _ mode: IdentifierWriter.Mode, keepsOthers: Bool, _ request: SNMSRequest
    ) throws -> JSONValue {
        try Self.require(mode.operation, target, request)
        let body = try request.json()
        let before = mode == .update ? try values(of: target) : []
        guard mode == .create || !before.isEmpty else { throw HubFailure(.notFound, Messages.identifierAbsent) }
        let template =
            if let type = body["type"].string { try self.template(at: type) } else { try template(of: target, before) }
        guard let template else { throw HubFailure(.metadataNotFound, Messages.templateAbsent) }
        guard template.prefix == Principal.prefix(of: Array(target.utf8)) else {
            throw HubFailure(.metadataNotFound, Messages.templateAbsent)
        }
        var values = try Self.values(body["attributes"]["content"], template)
        if keepsOthers {
            let given = Set(values.map(\.index))
            for old in before where !given.contains(old.index) {
                guard let item = template.items.first(where: { $0.index == old.index }) else { continue }
                let text = String(decoding: old.data, as: UTF8.self)
                values.append(TemplateRules.Value(index: item.index, type: item.type, text: text))
            }
        }
        let record = IdentifierRecord(handle: target, version: template.version, values: values)
        let writer = IdentifierWriter(services: services)
        if let problem = try writer.write([record], mode, request).first ?? nil { throw Self.failure(problem) }
        return .object([("id", .string(target)), ("type", .string(template.handle))])
    }

    private func delete(_ target: String, _ request: SNMSRequest) throws -> JSONValue {
        try Self.require(.delete, target, request)
        let writer = IdentifierWriter(services: services)
        if let problem = try writer.delete([target], request).first ?? nil { throw Self.failure(problem) }
        return .object([("id", .string(target))])
    }

    private static func require(
        _ operation: AccessOperation, _ target: String, _ request: SNMSRequest
    ) throws(HubFailure) {
        guard let principal = request.principal else { throw HubFailure(.notAuthenticated, Messages.signInAgain) }
        guard principal.may(operation, under: Principal.prefix(of: Array(target.utf8))) else {
            throw HubFailure(.notOfThisEnterprise, Messages.noPermission)
        }
    }

    /// The attributes as values of the template, by the English names of its items.
    private static func values(
        _ content: JSONValue, _ template: Template
    ) throws(HubFailure) -> [TemplateRules.Value] {
        guard case .object(let members) = content else {
            throw HubFailure(.badParameter, Messages.missing("attributes.content"))
        }
        var values: [TemplateRules.Value] = []
        for member in members {
            guard let item = template.items.first(where: { $0.type == member.name }) else {
                throw HubFailure(.foreignItem, Messages.invalid(member.name))
            }
            guard item.isEnabled else { throw HubFailure(.disabledItem, Messages.text(.disabledItem(name: item.name))) }
            guard let text = member.value.looseText else {
                throw HubFailure(.wrongItem, Messages.invalid(member.name))
            }
            values.append(TemplateRules.Value(index: item.index, type: item.type, text: text))
        }
        return values
    }

    /// The codes of what the writer tells in words.
    private static func failure(_ message: String) -> HubFailure {
        switch message {
        case Messages.identifierExists: HubFailure(.exists, message)
        case Messages.identifierAbsent: HubFailure(.notFound, message)
        case Messages.templateAbsent: HubFailure(.metadataNotFound, message)
        case Messages.identifierSuspended, Messages.identifierWithdrawn: HubFailure(.notUsable, message)
        case Messages.busy: HubFailure(.failed, message)
        default: HubFailure(.wrongItem, message)
        }
    }
}

extension HandleValue {
    /// Whether it is the Handle System's own, which no attribute is.
    fileprivate var isOfTheSystem: Bool { type.starts(with: Array("HS_".utf8)) }
}

extension Template {
    /// A template as an object of its own.
    fileprivate func object(named handle: String) -> JSONValue {
        let items = items.map { item in
            JSONValue.object([
                (
                    "itemBasicInfo",
                    .object([
                        ("itemIndex", .integer(item.index)), ("itemCode", .string(item.type)),
                        ("enName", .string(item.type)), ("cnName", .string(item.name)),
                        ("state", .integer(item.isEnabled ? 0 : 1)),
                    ])
                ),
                (
                    "itemSchemaInfo",
                    .object([
                        ("dataType", .integer(1)), ("minLength", .integer(item.lengthMin)),
                        ("maxLength", .integer(item.lengthMax)),
                    ])
                ),
            ])
        }
        let required = self.items.filter { $0.isRequired && $0.isEnabled }.map { JSONValue.string($0.type) }
        let content = JSONValue.object([
            (
                "basicInfo",
                .object([
                    ("metaHandle", .string(handle)), ("metaName", .string(version)), ("metaVersion", .string(version)),
                    ("description", .text(description)),
                ])
            ), ("itemInfos", .array(items)), ("required", .array(required)), ("uniqueness", .array([])),
            ("inputItem", .array(required)), ("listItem", .array([])),
        ])
        return .object([
            ("id", .string(handle)), ("type", "0.TYPE/DO.DOIPMETA"), ("attributes", .object([("content", content)])),
        ])
    }
}
