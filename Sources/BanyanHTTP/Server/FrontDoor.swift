import BanyanAdmin
import BanyanTransport
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Takes each request to the door that its path belongs to; gives it an id, bounds how often an address asks, tells
/// errors, and writes the access log: never a query, a head or a body, where secrets may stand.
struct FrontDoor: HTTPResponder {
    typealias Context = CallContext

    let listener: HTTPListener
    let doors: [any HTTPDoor]
    let rates: RequestRates
    let pool: HandOffQueue
    let held: HeldBytes
    let logger: Logger

    func respond(to request: Request, context: CallContext) async throws -> Response {
        let start = ContinuousClock.now
        let id = Self.id(of: request)
        let target = (request.head.path ?? "/")[...]
        let mark = target.firstIndex(of: "?")
        var logger = logger
        logger[metadataKey: "request_id"] = "\(id)"
        let isSecure = listener.certificate != nil
        let call = HTTPCall(
            request: request, id: id, peer: Peer(context.endpoint, isSecure: isSecure), isSecure: isSecure,
            takesCredentials: isSecure || listener.takesClearCredentials, path: target[..<(mark ?? target.endIndex)],
            query: mark.map { target[target.index(after: $0)...] }, logger: logger, pool: pool,
            share: held.makeShare(), channel: isSecure ? context.channel : nil)
        var response = try await answer(call, from: context.endpoint.address, at: start)
        response.headers[.requestID] = id
        if request.method == .head {
            let length = response.headers[.contentLength]
            response = response.createHeadResponse()
            response.headers[.contentLength] = length
        }
        log(call, response, since: start)
        return response
    }

    private func answer(
        _ call: HTTPCall, from address: IPAddress, at now: ContinuousClock.Instant
    ) async throws -> Response {
        do {
            guard rates.admit(address, at: now) else { throw ProblemResponse.tooManyRequests }
            guard let door = doors.first(where: { $0.takes(call.path) }) else { throw ProblemResponse.notFound }
            return try await door.respond(to: call)
        } catch let problem as ProblemResponse {
            return problem.response(requestID: call.id)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            call.logger.error("a request failed", metadata: ["error": "\(type(of: error))"])
            return ProblemResponse.internalError.response(requestID: call.id)
        }
    }

    private func log(_ call: HTTPCall, _ response: Response, since start: ContinuousClock.Instant) {
        let isReading = call.method == .get || call.method == .head || call.method == .options
        call.logger.log(
            level: isReading ? .debug : .info, "\(call.method.rawValue) \(call.path.prefix(256))",
            metadata: [
                "peer": "\(call.peer)", "status": "\(response.status.code)",
                "ms": "\(Int(start.duration(to: .now) / .milliseconds(1)))",
            ])
    }

    /// The id that the client, or the proxy in front of us, gave; otherwise one of our own.
    private static func id(of request: Request) -> String {
        if let given = request.headers[.requestID], (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({ isWordByte($0) })
        {
            return given
        }
        let number = UInt64.random(in: .min ... .max)
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// What Hummingbird knows of a request besides itself: the connection that it came over.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let endpoint: Endpoint
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        coreContext = CoreRequestContextStorage(source: source)
        endpoint = Endpoint(remoteOf: source.channel) ?? Endpoint(address: IPAddress(high: 0, low: 0), port: 0)
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name.named("X-Request-ID")

    /// A name that is written here in the source and is one: what is none would be a header that nobody sends.
    static func named(_ text: String) -> HTTPField.Name { HTTPField.Name(text) ?? .via }
}
