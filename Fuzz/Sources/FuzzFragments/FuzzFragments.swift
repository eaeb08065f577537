// A message that was cut into datagrams comes together again in whatever order they arrive, with repeats and strangers
// between them; and the assembly stays within its bounds. The input is a program: each step is a byte, or the length
// of a stranger and its bytes.
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        var assembly = FragmentAssembly<UInt8>()
        var arrived: Set<Int> = []
        var now: UInt64 = 0
        var began: UInt64 = 0
        var reader = ByteReader(input)
        while let step = try? reader.readUInt8("step") {
            switch step {
            case 0..<128:
                // A piece of ours, from a source that nobody else uses.
                let piece = pieces[Int(step) % pieces.count]
                if arrived.isEmpty { began = now }
                arrived.insert(Int(step) % pieces.count)
                let outcome = assembly.receive(piece.rawSpan, from: 255, at: now)
                require(outcome == (arrived.count == pieces.count ? .complete(whole) : .incomplete), "piece")
                if arrived.count == pieces.count { arrived = [] }
            case 128..<192:
                now += UInt64(step & 63) * 100
                if now - began >= Limits.assemblyMilliseconds { arrived = [] }
            default:
                let count = (try? reader.readUInt8("length")).map { min(Int($0), reader.remaining) } ?? 0
                guard let stranger = try? reader.readBytes(count: count, "stranger") else { return }
                _ = assembly.receive(stranger, from: step & 31, at: now)
            }
            require(assembly.count <= Limits.assemblyCount, "bound")
        }
    }
}

func datagrams(byteCount: Int) -> [[UInt8]] {
    var writer = ByteWriter()
    Envelope(flags: [.truncated], requestID: 7, messageByteCount: UInt32(byteCount)).write(to: &writer)
    writer.write(raw: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let message = writer.bytes
    guard let fragments = try? Fragments(message.rawSpan) else { return [] }
    return (0..<fragments.count).map { position in
        var datagram = ByteWriter()
        fragments.envelope(of: position).write(to: &datagram)
        datagram.write(raw: fragments.piece(position))
        return datagram.bytes
    }
}

let pieces = datagrams(byteCount: 1_300)
let whole = pieces.enumerated().reduce(into: [UInt8]()) { message, piece in
    message += piece.offset == 0 ? piece.element[...] : piece.element.dropFirst(Envelope.byteCount)
}
