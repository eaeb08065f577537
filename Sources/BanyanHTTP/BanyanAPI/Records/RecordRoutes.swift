import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleProtocol

/// Records of handles: read, put, patched, deleted, taken out of use and back; and the list of a prefix's handles.
struct RecordRoutes: Sendable {
    let services: APIServices
    private var writer: RecordChanges { RecordChanges(services: services) }

    private static let record = JSONSchema.named("Record")
    private static let path = "/v1/handles/{handle}"

    var routes: [APIRoute] { reading + writing }

    private var reading: [APIRoute] {
        [
            APIRoute(
                method: .get, path: Self.path, name: "readHandle", summary: "A handle's record", access: .open,
                parameters: [
                    .handle, .ifNoneMatch,
                    .query("index", .array(.integer(1...Int(Int32.max)), 0...100), "Only values of these indexes."),
                    .query("type", .array(.text(1...255), 0...100), "Only values of these types; `URL.` also below."),
                    .query("at", .time, "As it was then; for who may read all of it."),
                ],
                answers: [.ok(Self.record, "The record.", hasETag: true), .unchanged],
                handler: .blocking { try read($0) }),
            APIRoute(
                method: .get, path: "/v1/handles", name: "listHandles", summary: "The handles under a prefix",
                parameters: [
                    .query("prefix", .prefix, "Which prefix.", isRequired: true), .cursor, .limit,
                    .query("values", .boolean, "Whether their values are wanted."),
                ],
                answers: [.ok(Self.list, "A page of them, in the order of their names.")],
                handler: .blocking { try list($0) }),
        ]
    }

    private var writing: [APIRoute] {
        let changed = [
            APIAnswerForm.ok(Self.record, "It is changed.", hasETag: true),
            .created(Self.record, "It is created.", hasETag: true),
        ]
        return [
            APIRoute(
                method: .put, path: Self.path, name: "putHandle", summary: "Create a handle, or replace its record",
                parameters: [.handle, .ifMatch, .ifNoneMatch], body: .record("NewRecord"), answers: changed,
                handler: .blocking { try put($0) }),
            APIRoute(
                method: .patch, path: Self.path, name: "patchHandle", summary: "Set and remove single values, together",
                parameters: [.handle, .ifMatch], body: .json(Self.patch),
                answers: [.ok(Self.record, "It is changed.", hasETag: true)], handler: .blocking { try patch($0) }),
            APIRoute(
                method: .delete, path: Self.path, name: "deleteHandle", summary: "Delete a handle",
                parameters: [.handle, .ifMatch], answers: [.done], handler: .blocking { try delete($0) }),
            APIRoute(
                method: .put, path: Self.path + "/state", name: "setState",
                summary: "Suspend, withdraw or resume a handle", parameters: [.handle, .ifMatch],
                body: .json(Self.state), answers: [.ok(Self.record, "It is so.", hasETag: true)],
                handler: .blocking { try setState($0) }),
        ]
    }

    private static let list = JSONSchema.object([
        .required("count", .integer().described("All handles under the prefix.")),
        .required(
            "handles",
            .array(
                .object([
                    .required("handle", .text(1...2_048)), .required("etag", .text()), .required("state", .text()),
                    .optional("record", record),
                ]))),
        .required("next", JSONSchema.text().described("The cursor of the next page; null on the last one.").orNull),
    ])

    private static let patch = JSONSchema.object([
        .optional("set", .array(.named("Value"), 0...2_048).described("Values that are added, or replace others.")),
        .optional("remove", .array(.integer(1...Int(Int32.max)), 0...2_048).described("Indexes of values that go.")),
    ])

    private static let state = JSONSchema.object([
        .required("state", .choice(["active", "suspended", "withdrawn"])), .optional("reason", .text(0...255)),
        .optional(
            "answered", .array(.named("Value"), 0...100).described("What is answered meanwhile; a STATUS value else.")),
    ])

    // MARK: Reading

    private func read(_ request: APIRequest) throws -> APIAnswer {
        let isReader = request.mayRead(request.handle)
        let time = request.text("at").flatMap { Timestamp($0) }
        if time != nil { try request.require(.read, under: Principal.prefix(of: request.handle)) }
        let found = try services.read { (snapshot) throws(IndexError) -> StoredHandle? in
            if let time { return try snapshot.handle(request.handle, at: UInt64(time.secondsSince1970) * 1_000 + 999) }
            let prefix = Array(Principal.prefix(of: request.handle).utf8)
            guard isReader || snapshot.prefix(prefix.rawSpan)?.state == .active else { return nil }
            return try snapshot.place(of: request.handle).handle
        }
        guard var found else { throw ProblemResponse(RegistrationError.handleNotFound) }
        if request.isKnown(version: found.sequence) { return .unchanged(version: found.sequence) }
        found.name = request.handle
        return Self.answer(found, isWhole: isReader, ValueSelection(request.parameters))
    }

    static func answer(
        _ handle: StoredHandle, isWhole: Bool = true, _ selection: ValueSelection = ValueSelection(),
        status: HTTPResponse.Status = .ok
    ) -> APIAnswer {
        var writer = JSONWriter()
        handle.write(to: &writer, isWhole: isWhole, selection)
        return APIAnswer(bytes: writer.bytes, status: status, version: handle.sequence)
    }

    private func list(_ request: APIRequest) throws -> APIAnswer {
        guard let prefix = request.parameters.first("prefix").flatMap({ Prefix($0) }) else {
            throw ProblemResponse(RegistrationError.invalidPrefix)
        }
        try request.require(.list, under: prefix.description)
        let (limit, cursor) = (request.limit, try request.cursor())
        let withValues = request.flag("values") && request.principal?.may(.read, under: prefix.description) ?? false
        return try services.read { (snapshot) throws(IndexError) in
            var range = RecordRange.handles(under: prefix.bytes)
            if let cursor { range = range.continuing(after: cursor) }
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("count")
            writer.write(try snapshot.prefixRow(prefix.bytes.rawSpan)?.handleCount ?? 0)
            writer.name("handles")
            writer.beginArray()
            var (count, last): (Int, [UInt8]?) = (0, nil)
            var hasMore = false
            var walk = try snapshot.records(in: range)
            while let entry = try walk.next() {
                guard count < limit, writer.output.byteCount < HTTPLimits.answerByteCount else {
                    hasMore = true
                    break
                }
                last = entry.key.array
                let handle = StoredHandle(entry.record, key: entry.key)
                guard UTF8Text.isValid(handle.name.rawSpan) else { continue }
                count += 1
                Self.write(handle, withValues: withValues, to: &writer)
            }
            writer.endArray()
            writer.name("next")
            let next = hasMore ? last.map { String(decoding: Base64.encode($0, .url), as: UTF8.self) } : nil
            if let next { writer.write(next) } else { writer.writeNull() }
            writer.endObject()
            return APIAnswer(bytes: writer.bytes)
        }
    }

    private static func write(_ handle: StoredHandle, withValues: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("handle")
        writer.write(utf8: handle.name.rawSpan)
        writer.name("etag")
        writer.write("\"\(handle.sequence)\"")
        writer.name("state")
        writer.write(handle.state.description)
        if withValues {
            writer.name("record")
            handle.write(to: &writer, isWhole: true)
        }
        writer.endObject()
    }

    // MARK: Writing

    private func put(_ request: APIRequest) throws -> APIAnswer {
        let record = try RecordBody(parsing: request.body, of: request.handle)
        return try writer.apply(request) { place throws(ProblemResponse) in
            let before = place.handle
            if let state = record.state, state != before?.state ?? .active {
                throw ProblemResponse(
                    .badRequest, "invalid-body", "A handle's state is not changed so",
                    detail: "PUT …/state changes it.", field: "state")
            }
            let values = record.values.keepingTimestamps(of: before?.values() ?? [])
            return (before == nil ? .create : .update, .put(handle: request.handle, values: values.wireBytes))
        }
    }

    private func patch(_ request: APIRequest) throws -> APIAnswer {
        let set = try RecordBody(values: request.json["set"], field: "set").values
        let removed = Set((request.json["remove"].array ?? []).compactMap(\.integer).map { UInt32($0) })
        return try writer.modify(request) { values throws(ProblemResponse) in
            for index in removed where !values.contains(where: { $0.index == index }) {
                throw ProblemResponse(RegistrationError.valueNotFound)
            }
            values.removeAll { removed.contains($0.index) }
            for value in set {
                if let position = values.firstIndex(where: { $0.index == value.index }) {
                    values[position] = value
                } else {
                    values.append(value)
                }
            }
        }
    }

    private func delete(_ request: APIRequest) throws -> APIAnswer {
        try writer.apply(request) { place throws(ProblemResponse) in
            guard place.handle != nil else { throw ProblemResponse(RegistrationError.handleNotFound) }
            return (.delete, .delete(handle: request.handle))
        }
    }

    private func setState(_ request: APIRequest) throws -> APIAnswer {
        let word = request.json["state"].string
        guard let state = RecordState.allCases.first(where: { $0.description == word }) else {
            throw ProblemResponse.internalError
        }
        let answered = try RecordBody(values: request.json["answered"], field: "answered").values
        return try writer.apply(request) { place throws(ProblemResponse) in
            guard place.handle != nil else { throw ProblemResponse(RegistrationError.handleNotFound) }
            let change = Change.setState(
                handle: request.handle, state, reason: Array((request.json["reason"].string ?? "").utf8),
                answering: answered.wireBytes)
            return (state == .withdrawn ? .delete : .update, change)
        }
    }
}
