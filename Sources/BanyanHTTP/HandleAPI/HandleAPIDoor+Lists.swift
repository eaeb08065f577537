import BanyanAdmin
import BanyanIndex
import HTTPTypes
import HandleProtocol

/// Lists of names, and which prefixes are homed.
extension HandleAPIDoor {
    /// Names in one answer at most; more come page by page.
    static let listCountMax = 100_000

    func list(_ request: HandleCall, under prefix: [UInt8]) async throws -> HandleAnswer {
        try await names(request, under: prefix) { writer in
            writer.name("prefix")
            writer.write(String(decoding: prefix, as: UTF8.self))
        }
    }

    func answer(_ request: HandleCall, prefix path: [UInt8]) async throws -> HandleAnswer {
        let named = path.isEmpty ? request.parameters.first("prefix") : path
        let operation: OpCode
        switch (request.call.method, named) {
        case (.post, _?): operation = .homePrefix
        case (.delete, _?): operation = .unhomePrefix
        case (.delete, nil): return HandleAnswer(.invalidHandle, "Empty handle invalid")
        default: return try await names(request, under: nil) { _ in }
        }
        guard let prefix = named.flatMap({ Prefix($0) }) else {
            return HandleAnswer(.invalidHandle, "prefix: a name such as 88.118.8 is wanted")
        }
        let handle = Array("0.NA/".utf8) + Handle(named ?? []).localName
        let outcome = try await perform(operation, .handle(HandleRequest(handle: prefix.handle.bytes)), for: request)
        guard outcome.code == .success else { return HandleAnswer(outcome, handle: handle) }
        return HandleAnswer(.success, handle: handle)
    }

    /// Pages are counted from 0 where both `page` and `pageSize` are given, as the reference does: the page's place is
    /// looked for name by name. `cursor`, empty for the first page, costs what is on the page, whatever its place.
    private func names(
        _ request: HandleCall, under prefix: [UInt8]?, _ head: @escaping @Sendable (inout JSONWriter) -> Void
    ) async throws -> HandleAnswer {
        let administration = administration
        let caller = request.caller
        let paging = try Paging(request.parameters, handle: prefix)
        return try await request.call.work {
            let list: NameList
            do throws(AdminOutcome) { list = try administration.names(under: prefix, for: caller) } catch {
                throw HandleAnswer(error, handle: prefix)
            }
            let count = try list.count()
            let (names, next) = try paging.take(from: list)
            return HandleAnswer(.success) { writer in
                head(&writer)
                writer.name("totalCount")
                writer.write(String(count))
                paging.write(to: &writer)
                if prefix == nil { writer.name("prefixes") } else { writer.name("handles") }
                writer.beginArray()
                for name in names where UTF8Text.isValid(name.rawSpan) { writer.write(utf8: name.rawSpan) }
                writer.endArray()
                guard let next else { return }
                writer.name("next")
                writer.write(String(decoding: Base64.encode(next, .url), as: UTF8.self))
            }
        }
    }
}

/// Which part of a list is wanted.
private enum Paging {
    case all
    case page(Int, size: Int)
    case after([UInt8]?, size: Int)

    init(_ parameters: HTTPParameters, handle: [UInt8]?) throws(HandleAnswer) {
        func number(_ name: String) throws(HandleAnswer) -> Int? {
            guard let text = parameters.text(name) else { return nil }
            guard let number = Int(text), number <= Int(Int32.max) else {
                throw HandleAnswer(.protocolError, "\(name): a whole number is wanted", handle: handle)
            }
            return number < 0 ? nil : number
        }
        let page = try number("page")
        let size = try number("pageSize")
        if let cursor = parameters.first("cursor") {
            var writer = ByteWriter()
            guard Base64.decode(cursor.rawSpan, into: &writer), writer.byteCount <= 512 else {
                throw HandleAnswer(.protocolError, "cursor: what the page before gave is wanted", handle: handle)
            }
            self = .after(cursor.isEmpty ? nil : writer.bytes, size: min(size ?? 1_000, HandleAPIDoor.listCountMax))
        } else if let page, let size {
            self = .page(page, size: min(size, HandleAPIDoor.listCountMax))
        } else {
            self = .all
        }
    }

    func write(to writer: inout JSONWriter) {
        guard case .page(let page, let size) = self else { return }
        writer.name("page")
        writer.write(page)
        writer.name("pageSize")
        writer.write(size)
    }

    /// The names of the part, and where the list goes on.
    func take(from list: NameList) throws(IndexError) -> (names: [[UInt8]], next: [UInt8]?) {
        switch self {
        case .all: return try Self.names(of: list, after: nil, count: HandleAPIDoor.listCountMax)
        case .after(let cursor, let size): return try Self.names(of: list, after: cursor, count: size)
        case .page(_, size: 0): return ([], nil)
        case .page(let page, let size):
            var cursor: [UInt8]?
            var left = page.multipliedReportingOverflow(by: size).partialValue
            while left > 0 {
                let skipped = try list.page(after: cursor, count: min(left, Self.step))
                left -= skipped.names.count
                guard let next = skipped.next else { return ([], nil) }
                cursor = next
            }
            return (try Self.names(of: list, after: cursor, count: size).names, nil)
        }
    }

    /// Names read in one snapshot: long ones keep freed pages from being used again.
    private static let step = 1_000

    private static func names(
        of list: NameList, after cursor: [UInt8]?, count: Int
    ) throws(IndexError) -> (names: [[UInt8]], next: [UInt8]?) {
        var names: [[UInt8]] = []
        var cursor = cursor
        repeat {
            let page = try list.page(after: cursor, count: min(count - names.count, step))
            names += page.names
            cursor = page.next
        } while cursor != nil && names.count < count
        return (names, cursor)
    }
}
