import BanyanTestSupport
import HandleProtocol

/// Writes packets as `tcpdump -w` does: Ethernet, IPv4 or IPv6, UDP or TCP.
struct TestCapture {
    private static let clientPort: UInt16 = 40_001
    private(set) var bytes: [UInt8]
    private var sequences: [Bool: UInt32] = [true: 1_000, false: 9_000]
    private let isIPv6: Bool
    private var time: UInt32

    init(isIPv6: Bool = false, at time: UInt32) {
        self.isIPv6 = isIPv6
        self.time = time
        var writer = ByteWriter()
        writer.write(0xA1B2_C3D4 as UInt32)
        writer.write(2 as UInt16)
        writer.write(4 as UInt16)
        for number: UInt32 in [0, 0, 262_144, 1] { writer.write(number) }
        bytes = writer.bytes
    }

    /// Asks a node by datagram and notes what went to and fro.
    mutating func ask(_ question: Question, of node: TestNode) throws {
        let socket = try TestSocket.datagram(to: node.udpPort)
        try socket.send(question.bytes)
        datagram(question.bytes, isToServer: true)
        for piece in socket.receiveFragments() { datagram(piece, isToServer: false) }
    }

    mutating func datagram(_ payload: [UInt8], isToServer: Bool) {
        var packet = ByteWriter()
        writePorts(isToServer, to: &packet)
        packet.write(UInt16(8 + payload.count))
        packet.write(0 as UInt16)
        packet.write(raw: payload)
        frame(packet.bytes, carrying: 17, isToServer)
    }

    /// A piece of a stream; `isStart` opens it, `again` sends bytes that were sent before.
    mutating func segment(_ payload: [UInt8], isToServer: Bool, isStart: Bool = false, again: Bool = false) {
        let sequence = sequences[isToServer] ?? 0
        var packet = ByteWriter()
        writePorts(isToServer, to: &packet)
        packet.write(again ? sequence - UInt32(payload.count) : sequence)
        packet.write(0 as UInt32)
        packet.write(0x50 as UInt8)
        packet.write((isStart ? 0x02 : 0x18) as UInt8)
        packet.write(raw: [UInt8](repeating: 0, count: 6))
        packet.write(raw: payload)
        frame(packet.bytes, carrying: 6, isToServer)
        if !again { sequences[isToServer] = sequence + UInt32(isStart ? 1 : payload.count) }
    }

    private func writePorts(_ isToServer: Bool, to writer: inout ByteWriter) {
        writer.write(isToServer ? Self.clientPort : 2_641)
        writer.write(isToServer ? 2_641 : Self.clientPort)
    }

    private mutating func frame(_ content: [UInt8], carrying kind: UInt8, _ isToServer: Bool) {
        let client: [UInt8] = isIPv6 ? [UInt8](repeating: 7, count: 16) : [192, 0, 2, 1]
        let server: [UInt8] = isIPv6 ? [UInt8](repeating: 8, count: 16) : [192, 0, 2, 2]
        var frame = ByteWriter()
        frame.write(raw: [UInt8](repeating: 2, count: 12))
        if isIPv6 {
            frame.write(0x86DD as UInt16)
            frame.write(0x6000_0000 as UInt32)
            frame.write(UInt16(content.count))
            frame.write(kind)
            frame.write(64 as UInt8)
        } else {
            frame.write(0x0800 as UInt16)
            frame.write(0x4500 as UInt16)
            frame.write(UInt16(20 + content.count))
            frame.write(0 as UInt32)
            frame.write(64 as UInt8)
            frame.write(kind)
            frame.write(0 as UInt16)
        }
        frame.write(raw: isToServer ? client + server : server + client)
        frame.write(raw: content)
        var writer = ByteWriter()
        for number in [time, 0, UInt32(frame.byteCount), UInt32(frame.byteCount)] { writer.write(number) }
        writer.write(raw: frame.bytes)
        bytes += writer.bytes
    }
}
