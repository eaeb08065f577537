import HTTPTypes
import Hummingbird

/// Pages of other origins may call the Handle API, without cookies, which it never uses (Fetch standard, CORS).
enum CrossOrigin {
    /// The answer to a browser that asks before it sends; nil for any other request.
    static func preflight(_ call: HTTPCall) -> Response? {
        guard call.method == .options, let origin = call.header(.origin), call.header(.requestMethod) != nil else {
            return nil
        }
        return Response(
            status: .ok,
            headers: [
                .allowOrigin: origin, .maxAge: "86400", .allowMethods: "GET,POST,HEAD,PUT,DELETE",
                .allowHeaders: "X-Requested-With,Authorization,Origin,Accept,Content-Type",
            ])
    }

    /// Lets the page that asked read the response, head and body.
    static func admit(_ call: HTTPCall, to response: inout Response) {
        guard let origin = call.header(.origin) else { return }
        response.headers[.allowOrigin] = origin
        response.headers[.vary] = "Origin"
        let exposed = response.headers.map(\.name).filter { !simple.contains($0) }.map(\.rawName)
        response.headers[.exposeHeaders] = (Set(exposed).sorted() + ["X-Request-ID"]).joined(separator: ",")
    }

    /// What pages may read without being told so.
    private static let simple: Set<HTTPField.Name> = [
        .cacheControl, .contentLanguage, .contentLength, .contentType, .expires, .lastModified, .allowOrigin, .vary,
    ]
}

extension HTTPField.Name {
    fileprivate static let requestMethod = named("Access-Control-Request-Method")
    fileprivate static let allowOrigin = named("Access-Control-Allow-Origin")
    fileprivate static let allowMethods = named("Access-Control-Allow-Methods")
    fileprivate static let allowHeaders = named("Access-Control-Allow-Headers")
    fileprivate static let exposeHeaders = named("Access-Control-Expose-Headers")
    fileprivate static let maxAge = named("Access-Control-Max-Age")
}
