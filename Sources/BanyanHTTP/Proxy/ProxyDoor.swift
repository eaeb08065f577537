public import BanyanAdmin
import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore

/// Sends a browser that asks for `/88.118.8/SN-1` to the URL that the handle has; shows the record where it has none,
/// or where that is asked for.
///
///  1. A handle without `10320/loc`: its first value of type URL, in record order; else the first of a subtype.
///  2. With it: `Locations` chooses.
///  3. An alias: to the proxy's own path of what it stands for.
public struct ProxyDoor: HTTPDoor {
    private let administration: AdminService

    public init(administration: AdminService) { self.administration = administration }

    public func takes(_ path: Substring) -> Bool { true }

    public func respond(to call: HTTPCall) async throws -> Response {
        guard call.method == .get || call.method == .head else {
            throw ProblemResponse.methodNotAllowed([.get, .head])
        }
        let request = try ProxyRequest(call)
        guard !request.handle.isEmpty else { throw ProblemResponse.notFound }
        let query = Query(handle: request.handle, indexes: request.indexes, types: request.types)
        let (administration, peer, door) = (administration, call.peer, call.journalName)
        let outcome: AdminOutcome = try await call.answer { completion in
            administration.perform(
                .resolution, .query(query), flags: .publicOnly, for: .anyone, through: door, from: peer,
                completion: completion)
        }
        guard case .values(let answer) = outcome.body else {
            return RecordPage.response(
                outcome.code == .valuesNotFound ? .ok : outcome.code.pageStatus, request.handle,
                message: outcome.code.pageText)
        }
        let values = answer.values
        if request.showsValues { return RecordPage.response(.ok, request.handle, values: values) }
        if let alias = values.first(where: { $0.foldedType == ValueType.alias }), !request.ignoresAliases {
            let path = "/" + PercentEncoding.encode(alias.data, keeping: "/")
            return RecordPage.redirect(to: path + (call.query.map { "?" + $0 } ?? ""), .movedPermanently)
        }
        guard let target = Locations.target(in: values, for: request) else {
            return RecordPage.response(.ok, request.handle, values: values)
        }
        var response = RecordPage.redirect(to: target.location + request.appended, target.status)
        if target.dependsOnAccept { response.headers[.vary] = "Accept" }
        response.headers[.expires] = HTTPDate.text(secondsSince1970: Int64(RecordPage.now) + target.secondsToLive)
        return response
    }
}

extension ResponseCode {
    fileprivate var pageStatus: HTTPResponse.Status {
        self == .handleNotFound ? .notFound : .of(self)
    }

    fileprivate var pageText: String {
        switch self {
        case .handleNotFound: "There is no such handle. 没有该标识。"
        case .serverNotResponsible: "The prefix is not served here. 本节点不负责该前缀。"
        case .valuesNotFound: "The handle has no such values. 该标识没有所求的值。"
        default: "The handle could not be resolved. 无法解析该标识。"
        }
    }
}
