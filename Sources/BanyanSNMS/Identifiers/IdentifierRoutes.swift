import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// One identifier: query, create, update, delete.
struct IdentifierRoutes: Sendable {
    static let path = "/identityv2/data"

    let services: SNMSServices

    private var writer: IdentifierWriter { IdentifierWriter(services: services) }

    var routes: [SNMSRoute] {
        [Self.path + "/detail", "/api/identityv2/query/data"].map { path in
            SNMSRoute("GET", path, .query) { try query($0) }
        } + [
            SNMSRoute("POST", Self.path) { try write($0, .create) },
            SNMSRoute("PUT", Self.path) { try write($0, .update) },
            SNMSRoute("DELETE", Self.path) { try delete($0) },
        ]
    }

    private func write(_ request: SNMSRequest, _ mode: IdentifierWriter.Mode) throws(SNMSFailure) -> JSONValue {
        let record = try IdentifierRecord(request.json())
        try request.require(mode.operation, under: record.prefix)
        if let problem = try writer.write([record], mode, request).first ?? nil { throw .refused(problem) }
        return .boolean(true)
    }

    private func delete(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let handle = try request.json().text("handle", max: IdentifierRecord.handleLengthMax)
        try request.require(.delete, under: Principal.prefix(of: Array(handle.utf8)))
        if let problem = try writer.delete([handle], request).first ?? nil { throw .refused(problem) }
        return .boolean(true)
    }

    private func query(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        guard let handle = request.parameter("handle") else { throw .refused(Messages.missing("handle")) }
        guard handle.utf8.count <= Limits.handleByteCount, handle.contains("/") else {
            throw .refused(Messages.identifierMissing)
        }
        let prefix = Principal.prefix(of: Array(handle.utf8))
        let readsAll = request.principal?.may(.read, under: prefix) ?? false
        let found = try services.read { (snapshot) throws(IndexError) -> [HandleValue]? in
            let state = snapshot.prefix(Array(prefix.utf8).rawSpan)?.state
            guard state == .active, try snapshot.hasHandle(handle) else { return nil }
            return try snapshot.answeredValues(of: Array(handle.utf8))
        }
        guard let found else { throw .refused(Messages.identifierMissing) }
        let values = found.filter { value in
            !value.type.starts(with: Array("HS_".utf8))
                && (value.permissions.contains(.publicRead)
                    || readsAll && value.permissions.contains(.administratorRead))
        }
        let reference = values.first { $0.index == TemplateRules.referenceIndex }
        return .object([
            ("prefix", .string(String(handle.prefix { $0 != "/" }))), ("handle", .string(handle)),
            ("templateVersion", .text(reference.map { String(decoding: $0.data, as: UTF8.self) })),
            ("value", .array(values.map(\.answer))), ("code", "200"),
        ])
    }
}

extension IndexSnapshot {
    /// Whether there is such a handle, deleted ones apart.
    func hasHandle(_ handle: String) throws(IndexError) -> Bool {
        var key = IndexKey()
        let name = Array(handle.utf8)
        guard key.set(name.rawSpan, caseRule: .insensitive) else { return false }
        if let rule = prefix(key.prefix)?.caseRule, rule != .insensitive {
            guard key.set(name.rawSpan, caseRule: rule) else { return false }
        }
        guard let record = try record(for: key) else { return false }
        return !record.flags.contains(.deleted)
    }

    /// The sequence of a handle's last change; nil where there is no such handle.
    func sequence(of handle: String) throws(IndexError) -> UInt64? {
        var key = IndexKey()
        let name = Array(handle.utf8)
        guard key.set(name.rawSpan, caseRule: .insensitive) else { return nil }
        if let rule = prefix(key.prefix)?.caseRule, rule != .insensitive {
            guard key.set(name.rawSpan, caseRule: rule) else { return nil }
        }
        guard let record = try record(for: key), !record.flags.contains(.deleted) else { return nil }
        return record.sequence
    }
}

extension HandleValue {
    fileprivate var answer: JSONValue {
        let isText = UTF8Text.isValid(data.rawSpan)
        let text = String(decoding: isText ? data : Base64.encode(data), as: UTF8.self)
        return .object([
            ("index", .integer(index)), ("type", .string(String(decoding: type, as: UTF8.self))), ("auth", ""),
            ("data", .object([("format", .string(isText ? "string" : "base64")), ("value", .string(text))])),
        ])
    }
}
