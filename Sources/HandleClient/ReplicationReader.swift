internal import HandleCrypto
public import HandleProtocol
internal import NIOCore
internal import OpenSSL

/// Reads a replication stream record by record, as they come, and checks what is signed before it gives it out.
public struct ReplicationReader {
    /// Records that wait for the signature behind them may have so many bytes together.
    private static let unsignedByteCountMax = 64 << 20

    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any Channel
    private let security: StreamUpgrade
    private let serverKey: PublicKey
    private var bytes: [UInt8] = []
    /// Where what has not been read yet begins.
    private var start = 0
    private var digest: Digest.Algorithm?
    private var unsigned: [UInt8] = []
    /// Whether the stream came inside TLS.
    public private(set) var isEncrypted = false

    init(
        _ iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ channel: any Channel, _ security: StreamUpgrade,
        _ serverKey: PublicKey
    ) {
        self.iterator = iterator
        self.outbound = outbound
        self.channel = channel
        self.security = security
        self.serverKey = serverKey
    }

    // MARK: Before the stream

    /// Sends a request, or the proof that a challenge to it asked for, and takes the answer.
    mutating func exchange(_ message: Message, for request: Message) async throws -> (Message, Answer) {
        let isProof = message.header.opCode == .challengeAnswer
        do {
            try await outbound.write(ByteBuffer(bytes: message.bytes()))
            let envelope = try await parse { reader throws(WireError) in
                let envelope = try Envelope(parsing: try reader.readBytes(count: Envelope.byteCount, "envelope"))
                return try reader.readBytes(count: Int(envelope.messageByteCount), "message").array
                    .withEnvelope(envelope)
            }
            var expected = request
            expected.envelope.requestID = message.envelope.requestID
            let (answer, body) = envelope
            if isProof, answer.header.opCode == .challengeAnswer { expected.header.opCode = .challengeAnswer }
            try AnswerCheck.check(answer, body, to: expected, at: Client.now())
            return (answer, body)
        } catch let error as ClientError where error.code == .closed && isProof && bytes.isEmpty {
            throw ConnectionCut(proof: message)
        }
    }

    /// Reads how the stream is protected. One that is not is refused: anyone could have made it.
    mutating func begin() async throws {
        switch try await parse({ reader throws(WireError) in try StreamProtection(parsing: &reader) }) {
        case .signed(let name):
            guard let algorithm = Digest.Algorithm(wireName: name), algorithm != .md5 else {
                throw ClientError(.signature)
            }
            digest = algorithm
        case .tls:
            guard start == bytes.count else { throw ClientError(.malformedAnswer) }
            let certificate = try await security.begin(on: channel)
            guard let key = try certificate?.publicKey(), key.isSame(as: serverKey) else {
                throw ClientError(.signature)
            }
            isEncrypted = true
        case .none, .unknown: throw ClientError(.notSigned)
        }
    }

    // MARK: The stream

    /// The next record. In a signed stream its signature, where one follows, is checked first.
    ///
    /// - Parameters:
    ///   - isSigned: whether a signature follows this record; it covers all records since the one before.
    /// - Throws: `ClientError`: `.closed` where the stream ends in the middle, `.malformedAnswer` for no record.
    public mutating func next<Record>(
        isSigned: (Record) -> Bool, _ parse: (inout ByteReader) throws(WireError) -> Record
    ) async throws -> Record {
        let digest = digest
        let (record, own, signature) = try await self.parse { (reader) throws(WireError) in
            let begin = reader.position
            let record = try parse(&reader)
            let byteCount = reader.position - begin
            let signature = digest != nil && isSigned(record) ? try StreamSignature(parsing: &reader).bytes : nil
            return (record, byteCount, signature)
        }
        guard let digest else { return record }
        let end = start - (signature.map { $0.count + 4 } ?? 0)
        unsigned += bytes[(end - own)..<end]
        guard let signature else {
            guard unsigned.count <= Self.unsignedByteCountMax else { throw ClientError(.malformedAnswer) }
            return record
        }
        let scheme: SignatureScheme = digest == .sm3 ? .sm2(id: SignatureScheme.sm2DefaultID) : .digest(digest)
        guard serverKey.isValid(signature, of: unsigned, scheme) else { throw ClientError(.signature) }
        unsigned.removeAll(keepingCapacity: true)
        return record
    }

    /// Parses what is there, and waits for more as long as it is not whole.
    private mutating func parse<Part>(
        _ body: (inout ByteReader) throws(WireError) -> Part
    ) async throws -> Part {
        while true {
            do throws(WireError) {
                var reader = ByteReader(bytes.rawSpan.extracting(start..<bytes.count))
                let part = try body(&reader)
                start += reader.position
                return part
            } catch  where error.reason == .truncated {
                // More must come.
            } catch {
                throw ClientError(.malformedAnswer)
            }
            try await receive()
        }
    }

    private mutating func receive() async throws {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        guard bytes.count <= Self.unsignedByteCountMax, let piece = try await iterator.next() else {
            throw ClientError(.closed)
        }
        bytes += piece.readableBytesView
    }
}

extension [UInt8] {
    fileprivate func withEnvelope(_ envelope: Envelope) throws(WireError) -> (Message, Answer) {
        let message = try Message(envelope: envelope, content: rawSpan)
        return (message, try Answer(parsing: message))
    }
}
