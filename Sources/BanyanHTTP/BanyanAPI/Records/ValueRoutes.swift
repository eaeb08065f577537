import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleProtocol

/// Single values of a handle, by their indexes.
struct ValueRoutes: Sendable {
    let services: APIServices

    private static let path = "/v1/handles/{handle}/values/{index}"
    private static let index = APIParameter.path("index", .integer(1...Int(Int32.max)), "The value's index.")

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: Self.path, name: "readValue", summary: "One value of a handle", access: .open,
                parameters: [.handle, Self.index, .ifNoneMatch],
                answers: [.ok(.named("Value"), "The value.", hasETag: true), .unchanged],
                handler: .blocking { try read($0) }),
            APIRoute(
                method: .put, path: Self.path, name: "putValue", summary: "Add a value, or replace it",
                parameters: [.handle, Self.index, .ifMatch], body: .json(.named("Value")),
                answers: [.ok(.named("Record"), "The record with it.", hasETag: true)],
                handler: .blocking { try put($0) }),
            APIRoute(
                method: .delete, path: Self.path, name: "deleteValue", summary: "Remove a value",
                parameters: [.handle, Self.index, .ifMatch],
                answers: [.ok(.named("Record"), "The record without it.", hasETag: true)],
                handler: .blocking { try delete($0) }),
        ]
    }

    private func index(_ request: APIRequest) throws(ProblemResponse) -> UInt32 {
        guard let index = UInt32(request.pathText("index")) else {
            throw ProblemResponse(RegistrationError.invalidIndex)
        }
        return index
    }

    private func read(_ request: APIRequest) throws -> APIAnswer {
        let index = try index(request)
        let isReader = request.mayRead(request.handle)
        let found = try services.read { (snapshot) throws(IndexError) -> StoredHandle? in
            let prefix = Array(Principal.prefix(of: request.handle).utf8)
            guard isReader || snapshot.prefix(prefix.rawSpan)?.state == .active else { return nil }
            return try snapshot.place(of: request.handle).handle
        }
        guard let found else { throw ProblemResponse(RegistrationError.handleNotFound) }
        var selection = ValueSelection()
        selection.indexes = [index]
        var writer = JSONWriter()
        found.write(to: &writer, isWhole: isReader, selection)
        guard let value = (try? JSONValue(parsing: writer.bytes))?["values"].array?.first else {
            throw ProblemResponse(RegistrationError.valueNotFound)
        }
        if request.isKnown(version: found.sequence) { return .unchanged(version: found.sequence) }
        return APIAnswer(value, version: found.sequence)
    }

    private func put(_ request: APIRequest) throws -> APIAnswer {
        let index = try index(request)
        guard let value = try RecordBody(values: request.json, field: "").values.first, value.index == index else {
            throw ProblemResponse(.badRequest, "invalid-body", "It is not the index of the path", field: "index")
        }
        return try RecordChanges(services: services).modify(request) { values throws(ProblemResponse) in
            if let position = values.firstIndex(where: { $0.index == index }) {
                values[position] = value
            } else {
                values.append(value)
            }
        }
    }

    private func delete(_ request: APIRequest) throws -> APIAnswer {
        let index = try index(request)
        return try RecordChanges(services: services).modify(request) { values throws(ProblemResponse) in
            guard let position = values.firstIndex(where: { $0.index == index }) else {
                throw ProblemResponse(RegistrationError.valueNotFound)
            }
            values.remove(at: position)
        }
    }
}
