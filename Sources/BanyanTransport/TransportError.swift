import NIOCore

/// Why a door does not open.
public struct TransportError: Error, Equatable, Sendable {
    public enum Door: String, Sendable {
        case udp = "UDP"
        case tcp = "TCP"
        case http = "HTTP"
        case tls = "TLS"
    }

    public var endpoint: Endpoint
    public var door: Door
    /// The system's error number.
    public var errorNumber: Int32

    public init(endpoint: Endpoint, door: Door, errorNumber: Int32) {
        self.endpoint = endpoint
        self.door = door
        self.errorNumber = errorNumber
    }
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        "\(door.rawValue) \(endpoint): \(IOError(errnoCode: errorNumber, reason: "cannot listen"))"
    }
}
