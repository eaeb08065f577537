public import OpenSSL

/// Why a TLS connection does not begin or ends early. Never holds a key or what was sent.
public enum TLSError: Error, Equatable, Sendable {
    /// A file of certificates or keys is not there, or not what it should be.
    case file(path: String, OpenSSLError)
    /// The settings cannot be used together.
    case configuration(OpenSSLError)
    /// The other end shook hands in a way that leads nowhere, refused us, or does not speak TLS.
    case handshake(OpenSSLError)
    /// The other end's certificate is not believed, and why.
    case peerRefused(reason: String)
    case handshakeTimedOut
    /// The connection ended while both were shaking hands.
    case handshakeInterrupted
    /// What was received is not what the other end can have sent.
    case record(OpenSSLError)
    /// The connection ended without the other end having said so (RFC 8446 §6.1): the last message may be cut off.
    case truncated
    /// More waits to be sent than the connection keeps.
    case tooMuchPending
}

extension TLSError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let error): "\(path): \(error)"
        case .configuration(let error): "\(error)"
        case .handshake(let error): "no TLS connection: \(error)"
        case .peerRefused(let reason): "no TLS connection: the other side's certificate is not believed: \(reason)"
        case .handshakeTimedOut: "no TLS connection: the other side took too long"
        case .handshakeInterrupted: "no TLS connection: the other side closed it"
        case .record(let error): "the TLS connection broke: \(error)"
        case .truncated: "the TLS connection was cut off"
        case .tooMuchPending: "the TLS connection's other side takes nothing"
        }
    }
}
