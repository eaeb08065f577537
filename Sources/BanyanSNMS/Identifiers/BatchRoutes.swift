import BanyanHTTP
import BanyanRegistry

/// Batches of identifiers: an answer for each, whatever becomes of the others.
struct BatchRoutes: Sendable {
    /// Identifiers in one call.
    static let countMax = 2_000
    /// Bytes of a body: 2,000 records of 8 kB.
    private static let bodyByteCountMax = 16 << 20

    let services: SNMSServices

    private var writer: IdentifierWriter { IdentifierWriter(services: services) }

    var routes: [SNMSRoute] {
        let most = Self.bodyByteCountMax
        return [
            SNMSRoute("POST", IdentifierRoutes.path + "/batchCreate", bodyByteCountMax: most) {
                try write($0, .create)
            },
            SNMSRoute("PUT", IdentifierRoutes.path + "/batchUpdate", bodyByteCountMax: most) {
                try write($0, .update)
            },
            SNMSRoute("DELETE", IdentifierRoutes.path + "/batchDelete", bodyByteCountMax: most) { try delete($0) },
        ]
    }

    private func write(_ request: SNMSRequest, _ mode: IdentifierWriter.Mode) throws(SNMSFailure) -> JSONValue {
        let rows = try Self.rows(request.json())
        var problems = [String?](repeating: nil, count: rows.count)
        var records: [IdentifierRecord] = []
        var positions: [Int] = []
        for (position, row) in rows.enumerated() {
            do throws(SNMSFailure) {
                let record = try IdentifierRecord(row)
                try request.require(mode.operation, under: record.prefix)
                records.append(record)
                positions.append(position)
            } catch {
                problems[position] = error.message
            }
        }
        for (offset, problem) in try writer.write(records, mode, request).enumerated() {
            problems[positions[offset]] = problem
        }
        return .array(
            rows.indices.map { position in
                .object([
                    ("handle", .text(rows[position]["handle"].looseText)),
                    ("msg", .string(problems[position] ?? Messages.success)),
                ])
            })
    }

    /// The names alone, or a member `handles` that holds them.
    private func delete(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let body = try request.json()
        let rows = try Self.rows(body["handles"].isNull ? body : body["handles"])
        var problems = [String?](repeating: nil, count: rows.count)
        var handles: [String] = []
        var positions: [Int] = []
        for (position, row) in rows.enumerated() {
            guard let handle = row.string, !handle.isEmpty, handle.count <= IdentifierRecord.handleLengthMax else {
                problems[position] = Messages.invalid("handle")
                continue
            }
            do throws(SNMSFailure) {
                try request.require(.delete, under: Principal.prefix(of: Array(handle.utf8)))
                handles.append(handle)
                positions.append(position)
            } catch {
                problems[position] = error.message
            }
        }
        for (offset, problem) in try writer.delete(handles, request).enumerated() {
            problems[positions[offset]] = problem
        }
        return .array(
            rows.indices.map { position in
                .object([
                    ("handle", .text(rows[position].looseText)),
                    ("code", .integer((problems[position] == nil ? SNMSStatus.success : .refused).rawValue)),
                    ("msg", .string(problems[position] ?? Messages.success)),
                ])
            })
    }

    private static func rows(_ json: JSONValue) throws(SNMSFailure) -> [JSONValue] {
        guard let rows = json.array else { throw .refused(Messages.malformed) }
        guard !rows.isEmpty else { throw .refused(Messages.batchEmpty) }
        guard rows.count <= countMax else { throw .refused(Messages.batchTooLong(countMax)) }
        return rows
    }
}
