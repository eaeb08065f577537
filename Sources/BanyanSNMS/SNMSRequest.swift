import BanyanHTTP
import BanyanRegistry
import HandleProtocol
import OpenSSL

/// One call, as its handler sees it. Handlers run on threads that may block.
struct SNMSRequest: Sendable {
    var body: [UInt8]
    var contentType: String
    var parameters: HTTPParameters
    /// Nil: nobody has signed in.
    var principal: Principal?
    /// Where it comes from, without the port.
    var address: String
    /// As the journal names the door.
    var source: String

    var origin: ChangeOrigin { ChangeOrigin(principal: principal?.name ?? "anonymous", source: source) }

    func json() throws(SNMSFailure) -> JSONValue {
        do throws(JSONError) { return try JSONValue(parsing: body) } catch { throw .refused(Messages.malformed) }
    }

    func parameter(_ name: String) -> String? {
        guard let text = parameters.text(name), !text.isEmpty else { return nil }
        return text
    }

    /// Refuses what the caller may not do under that prefix.
    func require(_ operation: AccessOperation, under prefix: String?) throws(SNMSFailure) {
        guard let principal, principal.may(operation, under: prefix) else {
            throw SNMSFailure(.noPermission, Messages.noPermission)
        }
    }

    /// Page and size as asked for: from 1 on, 10 a page.
    func page() throws(SNMSFailure) -> (number: Int, size: Int) {
        let number = parameter("currentPage").map { Int($0) ?? 0 } ?? 1
        let size = parameter("pageSize").map { Int($0) ?? 0 } ?? 10
        guard number > 0, number <= 1_000_000 else { throw .refused(Messages.invalid("currentPage")) }
        guard (1...Page.sizeMax).contains(size) else { throw .refused(Messages.invalid("pageSize")) }
        return (number, size)
    }
}

extension JSONValue {
    /// A text that must be there.
    func text(_ name: String, max length: Int) throws(SNMSFailure) -> String {
        guard let text = try optionalText(name, max: length) else { throw .refused(Messages.missing(name)) }
        return text
    }

    /// A text, nil where it is absent, null or empty.
    func optionalText(_ name: String, max length: Int) throws(SNMSFailure) -> String? {
        let value = self[name]
        if value.isNull { return nil }
        guard let text = value.looseText else { throw .refused(Messages.invalid(name)) }
        guard text.count <= length else { throw .refused(Messages.tooLong(name, length)) }
        return text.isEmpty ? nil : text
    }

    /// A whole number that must be there.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(SNMSFailure) -> Int {
        if self[name].isNull { throw .refused(Messages.missing(name)) }
        guard let value = self[name].integer, range.contains(value) else { throw .refused(Messages.invalid(name)) }
        return value
    }

    /// Digits, as many as that, that must be there.
    func code(_ name: String, digits count: Int) throws(SNMSFailure) -> String {
        let text = try text(name, max: count)
        guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .refused(Messages.invalid(name))
        }
        return text
    }

    /// One letter A to Z that must be there.
    func letter(_ name: String) throws(SNMSFailure) -> String {
        let text = try text(name, max: 1)
        guard text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { throw .refused(Messages.invalid(name)) }
        return text
    }
}
