import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleProtocol

/// What has happened to a handle, as the journal has it.
struct HistoryRoutes: Sendable {
    let services: APIServices

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/v1/handles/{handle}/history", name: "readHistory",
                summary: "The changes of a handle, newest first",
                parameters: [
                    .handle, .limit, .query("before", .integer(1...(1 << 53)), "Only changes of lower sequence."),
                    .query("values", .boolean, "Whether the values before each change are wanted."),
                ],
                answers: [.ok(Self.history, "Its changes.")], handler: .blocking { try history($0) })
        ]
    }

    private static let history = JSONSchema.object([
        .required("changes", .array(.named("Change"))),
        .required("next", JSONSchema.integer().described("For `before`; null where that was all.").orNull),
    ])

    /// Walks back from the newest change: each entry names the one before.
    private func history(_ request: APIRequest) throws -> APIAnswer {
        try request.require(.read, under: Principal.prefix(of: request.handle))
        let (limit, withValues) = (request.limit, request.flag("values"))
        let before = request.integer("before").map { UInt64($0) } ?? UInt64.max
        return try services.read { (snapshot) throws(IndexError) in
            var sequence = try snapshot.place(of: request.handle).sequence
            guard sequence > 0 else { return nil }
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("changes")
            writer.beginArray()
            var count = 0
            while sequence > 0, count < limit, writer.output.byteCount < HTTPLimits.answerByteCount {
                guard let entry = try snapshot.journalEntry(sequence) else {
                    // Cut off: the change is older than the journal.
                    sequence = 0
                    break
                }
                if sequence < before {
                    count += 1
                    writer.write(entry) { writer in
                        guard withValues else { return }
                        writer.name("before")
                        writer.writeValues(ofRecord: entry.recordBefore.array)
                    }
                }
                sequence = entry.previousSequence
            }
            writer.endArray()
            writer.name("next")
            if sequence > 0 { writer.write(sequence + 1) } else { writer.writeNull() }
            writer.endObject()
            return APIAnswer(bytes: writer.bytes)
        } ?? { throw ProblemResponse(RegistrationError.handleNotFound) }()
    }
}
