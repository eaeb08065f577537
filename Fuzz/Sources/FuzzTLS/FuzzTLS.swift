// What comes from the network at a server that speaks TLS. The first byte of the input says what is fed, the second
// how many pieces there are at most, the next ones where they end.
//  0: bytes in the place of a client's greeting. No connection comes of them, and however they are split it is the
//     same.
//  1: bytes in the place of records, on a connection that is open. Nothing of them reaches the application.
//  2: what the client says, in records. However they are split, the application gets what was said.
import FuzzSupport
import HandleProtocol
import OpenSSL

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        var reader = ByteReader(input)
        guard let mode = try? reader.readUInt8("mode"), let splitCount = try? reader.readUInt8("splits"),
            let splits = try? reader.readBytes(count: min(Int(splitCount), reader.remaining), "splits").array
        else { return }
        let bytes = reader.readRest().array
        switch mode % 3 {
        case 0: greet(bytes, splits)
        case 1: interject(bytes, splits)
        default: say(bytes, splits)
        }
    }
}

private func greet(_ bytes: [UInt8], _ splits: [UInt8]) {
    func verdict(_ pieces: [[UInt8]]) -> Bool {
        guard let server = try? TLSConnection(Ends.server) else { return false }
        for piece in pieces {
            guard (try? server.receive(piece.span.bytes)) != nil, let step = try? server.proceed() else { return false }
            require(step == .incomplete, "no handshake is done by one side")
        }
        return true
    }
    require(verdict([bytes]) == verdict(pieces(of: bytes, splits)), "splits make no difference")
}

private func interject(_ bytes: [UInt8], _ splits: [UInt8]) {
    guard let ends = Ends() else { return }
    for piece in pieces(of: bytes, splits) {
        guard (try? ends.server.receive(piece.span.bytes)) != nil, let plaintext = try? ends.plaintext() else { return }
        require(plaintext.isEmpty, "nothing that the client did not say")
    }
}

private func say(_ bytes: [UInt8], _ splits: [UInt8]) {
    guard let ends = Ends(), (try? ends.client.write(bytes.span.bytes)) != nil else { return }
    var received: [UInt8] = []
    for piece in pieces(of: Ends.outgoing(of: ends.client), splits) {
        try? ends.server.receive(piece.span.bytes)
        guard let plaintext = try? ends.plaintext() else {
            require(false, "what was said is read")
            return
        }
        received += plaintext
    }
    require(received == bytes, "what was said arrives")
}

private func pieces(of bytes: [UInt8], _ splits: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var position = 0
    for split in splits {
        let end = min(position + Int(split), bytes.count)
        pieces.append(Array(bytes[position..<end]))
        position = end
    }
    return pieces + [Array(bytes[position...])]
}

/// Both ends of a connection on which the handshake is done.
private struct Ends {
    private static let identity: TLSIdentity = {
        guard let key = try? PrivateKey.generateEC(),
            let certificate = try? Certificate.makeSelfSigned(key: key, names: ["a"], start: 0, dayCount: 36_500),
            let identity = try? TLSIdentity(chain: [certificate], key: key)
        else { fatalError("no certificate") }
        return identity
    }()
    static let server: TLSContext = context(.server, .none)
    private static let client: TLSContext = context(.client, .required(.anyKey))

    private static func context(_ role: TLSRole, _ peer: TLSPeerCertificate) -> TLSContext {
        let own = role == .server ? identity : nil
        guard let context = try? TLSContext(role, identity: own, peer: peer) else { fatalError("no context") }
        return context
    }

    let client: TLSConnection
    let server: TLSConnection

    init?() {
        guard let client = try? TLSConnection(Self.client), let server = try? TLSConnection(Self.server) else {
            return nil
        }
        for _ in 0..<3 {
            for (one, other) in [(client, server), (server, client)] {
                _ = try? one.proceed()
                try? other.receive(Self.outgoing(of: one).span.bytes)
            }
        }
        require((try? server.proceed()) == .done && (try? client.proceed()) == .done, "both shake hands")
        self.client = client
        self.server = server
    }

    static func outgoing(of connection: TLSConnection) -> [UInt8] {
        collect(capacity: connection.outgoingByteCount) { connection.takeOutgoing(into: &$0) }
    }

    /// What the server's application can read.
    func plaintext() throws(OpenSSLError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var step: Result<TLSConnection.Step, OpenSSLError> = .success(.done)
            bytes += collect(capacity: 1_000) { output in
                do throws(OpenSSLError) {
                    step = .success(try server.read(into: &output))
                } catch {
                    step = .failure(error)
                }
            }
            guard try step.get() == .done else { return bytes }
        }
    }
}
