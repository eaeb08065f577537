// However a stream is split, the messages in it are the same as when it arrives whole. The first byte of the input says
// how many pieces there are at most, the next ones where they end.
import FuzzSupport
import HandleProtocol
import NIOCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        var reader = ByteReader(input)
        guard let splitCount = try? reader.readUInt8("splits"),
            let splits = try? reader.readBytes(count: min(Int(splitCount), reader.remaining), "splits")
        else { return }
        let stream = reader.readRest()
        var pieces: [ByteBuffer] = []
        var position = 0
        for index in 0..<splits.byteCount {
            let end = min(position + Int(splits.byte(at: index)), stream.byteCount)
            pieces.append(ByteBuffer(bytes: stream.extracting(position..<end).array))
            position = end
        }
        pieces.append(ByteBuffer(bytes: stream.extracting(position..<stream.byteCount).array))
        let whole = frames([ByteBuffer(bytes: stream.array)])
        require(frames(pieces).messages == whole.messages, "messages")
        let bytes = whole.messages.flatMap { Array($0.readableBytesView) } + whole.rest
        require(bytes == stream.array, "no byte is lost")
        for message in whole.messages {
            guard let envelope = try? Envelope(parsing: Array(message.readableBytesView).rawSpan) else {
                require(false, "a message has an envelope")
                return
            }
            require(message.readableBytes == Envelope.byteCount + Int(envelope.messageByteCount), "length")
        }
    }
}

/// What the pieces hold: whole messages, and the bytes behind them.
func frames(_ pieces: [ByteBuffer]) -> (messages: [ByteBuffer], rest: [UInt8]) {
    var framer = MessageFramer()
    var messages: [ByteBuffer] = []
    for piece in pieces {
        framer.append(piece)
        reading: while true {
            switch framer.next() {
            case .message(let message): messages.append(message)
            case .incomplete: break reading
            case .broken(let rest): return (messages, Array(rest.readableBytesView))
            }
        }
    }
    return (messages, Array(framer.takeRest().readableBytesView))
}
