import HandleProtocol

/// Finds requests and their answers in captured packets: datagrams, put together where they are pieces, and messages of
/// streams, where no packet of theirs is missing.
struct CapturedConversations {
    /// A request with its answer.
    struct Exchange {
        /// When the answer was captured, in milliseconds since 1970.
        var time: UInt64
        var request: [UInt8]
        var answer: [UInt8]
    }

    /// Requests that wait for their answers, and streams that are followed; the oldest go when more come.
    private static let waitingCountMax = 100_000
    private static let streamCountMax = 20_000

    private struct Peer: Hashable {
        var address: [UInt8]
        var port: UInt16
        var isStream: Bool
    }

    private struct Question: Hashable {
        var peer: Peer
        var requestID: UInt32
    }

    /// One direction of a stream.
    private struct Stream {
        var next: UInt32
        var bytes: [UInt8] = []
    }

    private struct Direction: Hashable {
        var peer: Peer
        var isToServer: Bool
    }

    private let port: UInt16
    private var waiting: [Question: [UInt8]] = [:]
    private var streams: [Direction: Stream] = [:]
    private var requests: FragmentAssembly<[UInt8]>
    private var answers: FragmentAssembly<[UInt8]>
    private var clock: UInt64 = 0
    /// Resolutions that were asked.
    private(set) var requestCount = 0

    /// - Parameter port: the server's.
    init(port: UInt16) {
        self.port = port
        var bounds = FragmentAssembly<[UInt8]>.Bounds()
        bounds.messageByteCount = Limits.messageByteCount
        bounds.countPerSource = bounds.count
        requests = FragmentAssembly(bounds: bounds)
        answers = FragmentAssembly(bounds: bounds)
    }

    /// Requests without an answer.
    var unansweredCount: Int { waiting.count }

    /// Takes a packet, and gives the exchanges that it completes.
    mutating func receive(_ packet: CapturedPacket) -> [Exchange] {
        let isToServer = packet.destinationPort == port
        guard isToServer || packet.sourcePort == port else { return [] }
        var peer = Peer(
            address: isToServer ? packet.source : packet.destination,
            port: isToServer ? packet.sourcePort : packet.destinationPort, isStream: false)
        let messages: [[UInt8]]
        switch packet.transport {
        case .udp: messages = datagram(packet, isToServer).map { [$0] } ?? []
        case .tcp(let sequence, let isStart):
            peer.isStream = true
            messages = stream(Direction(peer: peer, isToServer: isToServer), sequence, isStart, packet.payload)
        }
        return messages.compactMap { message in
            isToServer ? ask(message, peer) : answer(message, peer, packet.time)
        }
    }

    private mutating func datagram(_ packet: CapturedPacket, _ isToServer: Bool) -> [UInt8]? {
        // Packets may stand in a capture a little out of order.
        clock = max(clock, packet.time)
        let outcome =
            isToServer
            ? requests.receive(packet.payload.rawSpan, from: packet.source, at: clock)
            : answers.receive(packet.payload.rawSpan, from: packet.destination, at: clock)
        switch outcome {
        case .whole: return packet.payload
        case .complete(let message): return message
        case .incomplete, .dropped: return nil
        }
    }

    /// The messages that a piece of a stream completes.
    private mutating func stream(
        _ direction: Direction, _ sequence: UInt32, _ isStart: Bool, _ payload: [UInt8]
    ) -> [[UInt8]] {
        if isStart {
            if streams.count >= Self.streamCountMax { streams.removeAll() }
            streams[direction] = Stream(next: sequence)
        }
        guard var stream = streams[direction], !payload.isEmpty else { return [] }
        let ahead = Int32(bitPattern: stream.next &- sequence)
        guard ahead >= 0 else {
            // A packet is missing: what follows cannot be told apart.
            streams[direction] = nil
            return []
        }
        // What was sent again is known.
        let fresh = payload.dropFirst(Int(ahead))
        stream.bytes += fresh
        stream.next = stream.next &+ UInt32(fresh.count)
        var messages: [[UInt8]] = []
        while stream.bytes.count >= Envelope.byteCount {
            let length = Int(stream.bytes.rawSpan.bigEndianUInt32(at: 16))
            guard length <= Limits.messageByteCount else {
                streams[direction] = nil
                return messages
            }
            guard stream.bytes.count >= Envelope.byteCount + length else { break }
            messages.append(Array(stream.bytes.prefix(Envelope.byteCount + length)))
            stream.bytes.removeFirst(Envelope.byteCount + length)
        }
        streams[direction] = stream
        return messages
    }

    /// Remembers a resolution; everything else is not compared.
    private mutating func ask(_ message: [UInt8], _ peer: Peer) -> Exchange? {
        let span = message.rawSpan
        guard message.count >= 44, !Self.isEncrypted(message), span.bigEndianUInt32(at: 24) == 0,
            OpCode(rawValue: span.bigEndianUInt32(at: 20)) == .resolution
        else { return nil }
        requestCount += 1
        if waiting.count >= Self.waitingCountMax { waiting.removeAll() }
        waiting[Question(peer: peer, requestID: span.bigEndianUInt32(at: 8))] = message
        return nil
    }

    private mutating func answer(_ message: [UInt8], _ peer: Peer, _ time: UInt64) -> Exchange? {
        guard message.count >= 44, !Self.isEncrypted(message) else { return nil }
        let question = Question(peer: peer, requestID: message.rawSpan.bigEndianUInt32(at: 8))
        return waiting.removeValue(forKey: question).map { Exchange(time: time, request: $0, answer: message) }
    }

    private static func isEncrypted(_ message: [UInt8]) -> Bool { message[2] & 0x40 != 0 }
}
