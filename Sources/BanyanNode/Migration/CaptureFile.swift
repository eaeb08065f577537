public import ByteStreams
import HandleProtocol

/// A packet of a capture: UDP or TCP over IP, whole.
struct CapturedPacket: Equatable {
    enum Transport: Equatable {
        case udp
        /// A piece of a stream, from this sequence number on.
        case tcp(sequence: UInt32, isStart: Bool)
    }

    /// When it was captured, in milliseconds since 1970.
    var time: UInt64
    var source: [UInt8]
    var sourcePort: UInt16
    var destination: [UInt8]
    var destinationPort: UInt16
    var transport: Transport
    var payload: [UInt8]
}

/// Reads what `tcpdump -w` writes (pcap, either byte order, microseconds or nanoseconds) of Ethernet, of any interface,
/// or of bare IP; plain or gzip, or from standard input. Packets of other protocols are passed over.
final class CaptureFile {
    /// Longest packet that is taken; tcpdump's own bound.
    private static let packetByteCountMax = 262_144
    private static let headByteCount = 24
    private static let packetHeadByteCount = 16

    private let file: InputFile
    private let isBigEndian: Bool
    private let isNanoseconds: Bool
    private let link: LinkType
    /// Packets that were captured in part, or were pieces of longer ones.
    private(set) var incompleteCount = 0

    private enum LinkType: UInt32 {
        case loopback = 0
        case ethernet = 1
        case raw = 101
        case loop = 108
        case cooked = 113
        case cooked2 = 276
    }

    init(path: String) throws(CaptureError) {
        do { file = try InputFile(path: path) } catch { throw .stream(error) }
        guard let head = try Self.read(Self.headByteCount, from: file), head.count == Self.headByteCount else {
            throw .notACapture
        }
        switch head.rawSpan.bigEndianUInt32(at: 0) {
        case 0xA1B2_C3D4: (isBigEndian, isNanoseconds) = (true, false)
        case 0xD4C3_B2A1: (isBigEndian, isNanoseconds) = (false, false)
        case 0xA1B2_3C4D: (isBigEndian, isNanoseconds) = (true, true)
        case 0x4D3C_B2A1: (isBigEndian, isNanoseconds) = (false, true)
        default: throw .notACapture
        }
        let number = Self.number(head, 20, isBigEndian) & 0x0FFF_FFFF
        guard let link = LinkType(rawValue: number) else { throw .unknownLink(number) }
        self.link = link
    }

    /// The next packet of UDP or TCP; nil at the end, also where the capture was cut off.
    func next() throws(CaptureError) -> CapturedPacket? {
        while let head = try Self.read(Self.packetHeadByteCount, from: file), head.count == Self.packetHeadByteCount {
            let captured = Int(Self.number(head, 8, isBigEndian))
            guard captured <= Self.packetByteCountMax else { throw .notACapture }
            guard let frame = try Self.read(captured, from: file), frame.count == captured else { return nil }
            guard captured == Int(Self.number(head, 12, isBigEndian)) else {
                incompleteCount += 1
                continue
            }
            let fraction = UInt64(Self.number(head, 4, isBigEndian)) / (isNanoseconds ? 1_000_000 : 1_000)
            let time = UInt64(Self.number(head, 0, isBigEndian)) * 1_000 + fraction
            if let packet = packet(frame, time) { return packet }
        }
        return nil
    }

    private func packet(_ frame: [UInt8], _ time: UInt64) -> CapturedPacket? {
        var reader = ByteReader(frame.rawSpan)
        do throws(WireError) {
            guard try isInternet(&reader) else { return nil }
            let internet = try InternetPacket(parsing: &reader)
            guard !internet.isFragment else {
                incompleteCount += 1
                return nil
            }
            return try internet.transportPacket(at: time)
        } catch {
            return nil
        }
    }

    /// Passes over the head of the link's layer; false for other protocols than IP.
    private func isInternet(_ reader: inout ByteReader) throws(WireError) -> Bool {
        switch link {
        case .raw: return true
        case .loopback, .loop:
            _ = try reader.readUInt32("family")
            return true
        case .ethernet:
            _ = try reader.readBytes(count: 12, "addresses")
            var type = try reader.readUInt16("type")
            // Tags of virtual networks.
            while type == 0x8100 || type == 0x88A8 {
                _ = try reader.readUInt16("tag")
                type = try reader.readUInt16("type")
            }
            return type == 0x0800 || type == 0x86DD
        case .cooked:
            _ = try reader.readBytes(count: 14, "address")
            let type = try reader.readUInt16("type")
            return type == 0x0800 || type == 0x86DD
        case .cooked2:
            let type = try reader.readUInt16("type")
            _ = try reader.readBytes(count: 18, "address")
            return type == 0x0800 || type == 0x86DD
        }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ isBigEndian: Bool) -> UInt32 {
        let number = bytes.rawSpan.bigEndianUInt32(at: offset)
        return isBigEndian ? number : number.byteSwapped
    }

    /// So many bytes, or as many as are left; nil at the end.
    private static func read(_ count: Int, from file: InputFile) throws(CaptureError) -> [UInt8]? {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        do {
            let got = try file.read(into: &bytes, at: 0)
            return got == 0 ? nil : Array(bytes.prefix(got))
        } catch {
            throw .stream(error)
        }
    }
}

/// Why a capture cannot be read.
public enum CaptureError: Error, Equatable, Sendable {
    case stream(StreamError)
    case notACapture
    case unknownLink(UInt32)
}

extension CaptureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stream(let error): error.description
        case .notACapture: "no capture in pcap's form; make one with: tcpdump -w FILE, or editcap -F pcap"
        case .unknownLink(let number): "the capture is of a kind of interface that is not known here (\(number))"
        }
    }
}
