public import BanyanAdmin
import BanyanTransport
public import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
public import OpenSSL
import TLSChannel

/// One request, with what the server knows of it.
public struct HTTPCall: Sendable {
    public let request: Request
    /// Names the request in answers, in the log and in the journal.
    public let id: String
    public let peer: Peer
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    /// Whether credentials count here: over TLS, or where the listener takes them in clear.
    public let takesCredentials: Bool
    /// As it came, still percent-encoded, without the query.
    public let path: Substring
    /// Behind the question mark, still encoded.
    public let query: Substring?
    public let logger: Logger
    let pool: HandOffQueue
    /// What bodies of this call are in memory; given back with it.
    let share: HeldBytes.Share
    /// Of a call that came inside TLS.
    let channel: (any Channel)?

    public var method: HTTPRequest.Method { request.method }

    public func header(_ name: HTTPField.Name) -> String? { request.headers[name] }

    /// The certificate that the client has shown. No authority need have signed it: that its key is the client's is all
    /// that is proven.
    public func clientCertificate() async -> Certificate? {
        guard let channel else { return nil }
        return try? await TLSHandler.peerCertificate(of: channel).get()
    }

    /// The body, whole.
    /// - Throws: `ProblemResponse` with 413 where it is longer than `most` bytes, with 503 where too many bodies are
    ///   in memory.
    public func body(upTo most: Int = HTTPLimits.bodyByteCount) async throws -> [UInt8] {
        if let length = header(.contentLength).flatMap(Int.init), length > most { throw ProblemResponse.tooLong(most) }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= most else { throw ProblemResponse.tooLong(most) }
            try share.grow(by: buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// Runs `body` on a thread that may block.
    /// - Throws: what `body` throws, and `ProblemResponse` with 503 when too much waits.
    public func work<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = pool.submit { continuation.resume(with: Swift.Result { try body() }) }
            if !isTaken { continuation.resume(throwing: ProblemResponse.busy) }
        }
    }

    /// Runs `body` on a thread that may block, and waits until it calls back, once, from wherever.
    public func answer<Result: Sendable>(
        _ body: @escaping @Sendable (_ completion: @escaping @Sendable (Result) -> Void) -> Void
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = pool.submit { body { continuation.resume(returning: $0) } }
            if !isTaken { continuation.resume(throwing: ProblemResponse.busy) }
        }
    }
}
