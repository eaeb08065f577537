import HandleProtocol

/// What passes through DIR/control, in both directions: a length (u32) of what follows, a kind (u8), a body.
struct ControlFrame: Equatable, Sendable {
    /// Longest frame after its length, in bytes: twice what one transaction may change.
    static let byteCountMax = 32 << 20

    var kind: Kind
    var body: [UInt8]

    /// Open: a kind of a newer program is answered with `failure`.
    struct Kind: RawRepresentable, Hashable, Sendable {
        var rawValue: UInt8
        /// Asks: a ChangeSet, answered by `result`.
        static let submit = Kind(rawValue: 1)
        /// Asks: a source's identity, answered by `checkpoint`.
        static let checkpointOf = Kind(rawValue: 2)
        /// Asks: nothing, answered by `figures` with JSON.
        static let stat = Kind(rawValue: 3)
        /// Asks: nothing, answered by `mirror`, where the node follows another.
        static let mirrorStatus = Kind(rawValue: 4)

        static let result = Kind(rawValue: 129)
        static let checkpoint = Kind(rawValue: 130)
        static let figures = Kind(rawValue: 131)
        /// How the node stands to its primary.
        static let mirror = Kind(rawValue: 132)
        /// The node refused or failed; the body says why.
        static let failure = Kind(rawValue: 255)
    }

    init(_ kind: Kind, _ body: [UInt8] = []) {
        self.kind = kind
        self.body = body
    }

    /// A refusal in words of our own; its reason is 0.
    static func failure(_ text: String) -> ControlFrame { ControlFrame(.failure, [0] + Array(text.utf8)) }

    /// The next frame, or nil when the other side has ended. A length out of bounds is an error: what follows it
    /// cannot be told apart any more.
    init?(from socket: SystemSocket) throws(SystemError) {
        guard let head = try socket.read(count: 5) else { return nil }
        let length = Int(head.rawSpan.bigEndianUInt32(at: 0))
        guard (1...Self.byteCountMax).contains(length) else { throw socket.brokenFraming }
        kind = Kind(rawValue: head[4])
        guard length > 1 else {
            body = []
            return
        }
        guard let body = try socket.read(count: length - 1) else { throw socket.brokenFraming }
        self.body = body
    }

    func write(to socket: SystemSocket) throws(SystemError) {
        guard body.count < Self.byteCountMax else { throw socket.brokenFraming }
        var writer = ByteWriter(capacity: 5 + body.count)
        writer.write(UInt32(truncatingIfNeeded: body.count + 1))
        writer.write(kind.rawValue)
        writer.write(raw: body)
        try socket.write(writer.bytes)
    }
}
