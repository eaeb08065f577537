public import BanyanAdmin
import BanyanResolver
import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore

/// The Handle protocol's own messages in the bodies of POST requests, one a request; to any path, as the reference's
/// clients send the handle there. Behind all other doors.
public struct NativeDoor: HTTPDoor {
    static let mediaType = "application/x-hdl-message"

    private let administration: AdminService
    /// What answers everything that is no message.
    private let next: any HTTPDoor

    public init(administration: AdminService, next: any HTTPDoor) {
        self.administration = administration
        self.next = next
    }

    public func takes(_ path: Substring) -> Bool { true }

    public func respond(to call: HTTPCall) async throws -> Response {
        if let preflight = CrossOrigin.preflight(call) { return preflight }
        let isMessage = [call.header(.contentType), call.header(.accept)].allSatisfy {
            $0?.lowercased().contains(Self.mediaType) ?? false
        }
        guard call.method == .post, isMessage else {
            var response = try await next.respond(to: call)
            CrossOrigin.admit(call, to: &response)
            return response
        }
        let body = try await call.body(upTo: Envelope.byteCount + Limits.messageByteCount + 2)
        // Some clients put a line's end in front.
        let request = Array(body.drop { $0 == 0x0D || $0 == 0x0A })
        let (administration, peer) = (administration, call.peer)
        let answer: AdminAnswer? = try await call.answer { completion in
            administration.answer(request, from: peer, over: .stream, completion: completion)
        }
        guard let answer else { throw ProblemResponse(.badRequest, "no-message", "The body is no Handle message") }
        // What goes on as a stream of the connection has no place in one response.
        guard !answer.startsTLS, answer.whenReady == nil else {
            throw ProblemResponse(.notImplemented, "no-stream", "Replication is not served over HTTP")
        }
        var bytes = answer.message
        var rest = answer.rest
        while let more = rest {
            guard bytes.count < HTTPLimits.answerByteCount else {
                throw ProblemResponse(.contentTooLarge, "answer-too-long", "The answer is too long for one response")
            }
            guard let part = try await call.work({ more() }) else { break }
            bytes += part.message
            rest = part.rest
        }
        var response = Response(
            status: .ok, headers: [.contentType: Self.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        CrossOrigin.admit(call, to: &response)
        return response
    }
}
