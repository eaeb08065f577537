import HandleProtocol
public import OpenSSL

/// A blocking TLS connection to a port of this machine, as `TestSocket` is one in clear.
public final class TestSecureSocket {
    private let socket: TestSocket
    private let connection: TLSConnection
    private var plaintext: [UInt8] = []

    /// Connects and shakes hands.
    /// - Parameter name: Whom the server's certificate must be for.
    public convenience init(
        to port: UInt16, trusting trust: TLSTrust, name: String? = nil, as identity: TLSIdentity? = nil
    ) throws {
        try self.init(over: TestSocket.stream(to: port), trusting: trust, name: name, as: identity)
    }

    /// Shakes hands on a connection that is there.
    public init(
        over socket: TestSocket, trusting trust: TLSTrust, name: String? = nil, as identity: TLSIdentity? = nil
    ) throws {
        let context = try TLSContext(.client, identity: identity, peer: .required(trust))
        self.socket = socket
        connection = try TLSConnection(context, serverName: name)
        while true {
            let step = try connection.proceed()
            try flush()
            if step == .done { return }
            try receiveCiphertext()
        }
    }

    public var peerCertificate: Certificate? { connection.peerCertificate }
    public var version: String { connection.version }

    public func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let end = min(start + TLSConnection.writeByteCountMax, bytes.count)
            try connection.write(Array(bytes[start..<end]).rawSpan)
            start = end
        }
        try flush()
    }

    /// Says that nothing more will be sent.
    public func closeWriting() throws {
        connection.closeOutput()
        try flush()
    }

    /// Exactly `count` bytes; fewer when the other end says that there are no more.
    public func read(count: Int) throws -> [UInt8] {
        while plaintext.count < count {
            var step = TLSConnection.Step.done
            var failure: OpenSSLError?
            plaintext +=
                [UInt8](byteCapacity: 16_384) { output in
                    do throws(OpenSSLError) { step = try connection.read(into: &output) } catch { failure = error }
                }
            if let failure { throw failure }
            if step == .closed { break }
            if step == .incomplete { try receiveCiphertext() }
        }
        let bytes = Array(plaintext.prefix(count))
        plaintext.removeFirst(bytes.count)
        return bytes
    }

    /// One message, envelope and all; empty at the end.
    public func readMessage() throws -> [UInt8] {
        let envelope = try read(count: 20)
        guard envelope.count == 20 else { return envelope }
        let length = envelope[16...].reduce(0) { $0 << 8 | Int($1) }
        return envelope + (try read(count: min(length, 1 << 20)))
    }

    private func flush() throws {
        let count = connection.outgoingByteCount
        guard count > 0 else { return }
        try socket.send([UInt8](byteCapacity: count) { connection.takeOutgoing(into: &$0) })
    }

    private func receiveCiphertext() throws {
        guard let bytes = socket.receive(), !bytes.isEmpty else {
            throw TestFailure("the connection ended without close_notify")
        }
        try connection.receive(bytes.rawSpan)
    }
}
