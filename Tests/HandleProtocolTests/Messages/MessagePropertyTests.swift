import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Messages of every kind (RFC 3652 §2, §3)")
struct MessagePropertyTests {
    @Test("a request that we make is read as it was made", arguments: MessageGenerator.requestCodes)
    func requests(code: OpCode) throws {
        var generator = MessageGenerator(random: SeededGenerator(seed: UInt64(code.rawValue)))
        for version in MessageGenerator.versions {
            for _ in 0..<20 {
                let body = generator.request(code, version: version)
                let message = generator.message(body.bytes(), code, .request, version: version, flags: .usual)
                let read = try Message(parsing: message.bytes().rawSpan)
                #expect(read == message)
                #expect(try RequestBody(parsing: read) == body)
                #expect(read.content() == message.content())
            }
        }
    }

    @Test("an answer that we make is read as it was made", arguments: MessageGenerator.requestCodes)
    func answers(code: OpCode) throws {
        var generator = MessageGenerator(random: SeededGenerator(seed: UInt64(code.rawValue)))
        for version in MessageGenerator.versions {
            for response in MessageGenerator.answerCodes {
                for hasDigest in [true, false] {
                    let answer = Answer(
                        digest: hasDigest ? generator.digest() : nil,
                        generator.answer(code, response, version: version))
                    let message = generator.message(
                        answer.bytes(), code, response, version: version,
                        flags: hasDigest ? [.usual, .requestDigest] : .usual)
                    let read = try Message(parsing: message.bytes().rawSpan)
                    #expect(read == message)
                    #expect(try Answer(parsing: read) == answer)
                }
            }
        }
    }

    @Test("a credential is read as it was made, with a wrong length and surplus too")
    func credentials() throws {
        var generator = MessageGenerator(random: SeededGenerator(seed: 1))
        for _ in 0..<50 {
            var credential = generator.credential()
            #expect(try CredentialField(credential).parsed() == credential)
            credential.statedSectionByteCount = 0
            credential.surplus = generator.bytes()
            #expect(try CredentialField(credential).parsed() == credential)
        }
        #expect(try CredentialField.none.parsed() == nil)
        #expect(try CredentialField.omitted.parsed() == nil)
    }

    @Test("below 2.1 a digest stands in front of answers whose flags do not tell of it")
    func digestOf2_0() throws {
        for name in ["version-2.0", "version-1.0"] {
            let vector = try Vectors.load("versions", name: name)
            let bytes = try #require(
                RecordedMessages.messages(vector.response, packets: vector.responsePackets).first)
            let message = try Message(parsing: bytes.rawSpan)
            #expect(throws: WireError.self) { try Answer(parsing: message) }
            let answer = try Answer(parsing: message, digestAsked: true)
            guard case .unflagged(let digest)? = answer.digest, case .values(let values) = answer.body else {
                throw VectorShape()
            }
            #expect(digest.count == 16 && values.values.count == 4)
            #expect(answer.bytes() == message.body)
        }
    }

    @Test("the reason and the place of what is wrong are told")
    func errors() throws {
        let cases: [(String, WireError)] = [
            ("handle-length-past-end-udp", WireError(.truncated, field: "handle", offset: 48)),
            ("handle-length-negative-udp", WireError(.outOfRange, field: "handle", offset: 44)),
            ("index-count-huge-udp", WireError(.outOfRange, field: "index list", offset: 66)),
            ("type-count-negative-udp", WireError(.outOfRange, field: "type list", offset: 70)),
            ("body-short-udp", WireError(.truncated, field: "index list", offset: 66)),
            ("body-length-too-long-udp", WireError(.outOfRange, field: "body length", offset: 40)),
            ("length-23-udp", WireError(.truncated, field: "header", offset: 43)),
            ("length-more-than-sent-udp", WireError(.outOfRange, field: "message length", offset: 16)),
            ("credential-too-long-udp", WireError(.truncated, field: "credential", offset: 78)),
            ("credential-negative-udp", WireError(.outOfRange, field: "credential", offset: 74)),
            ("create-value-count-huge", WireError(.outOfRange, field: "value count", offset: 61)),
        ]
        for (name, error) in cases {
            let vector = try Vectors.load("malformed", name: name)
            #expect(throws: error, "\(name)") {
                let message = try Message(parsing: vector.request.rawSpan)
                _ = try RequestBody(parsing: message)
            }
        }
    }
}

@Suite("Damaged messages (RFC 3652 §2)")
struct DamagedMessageTests {
    static let vectors: [Vector] = (Vectors.exchangeFiles + Vectors.clientFiles).flatMap { file in
        (try? Vectors.load(file)) ?? []
    }

    @Test("no truncation and no flipped byte is more than an error, and what is read is written as it was read")
    func damage() throws {
        var random = SeededGenerator(seed: 20)
        for vector in Self.vectors {
            for packet in vector.requestPackets + vector.responsePackets.prefix(1) {
                for place in places(packet.count, &random) {
                    visit(Array(packet.prefix(place)))
                    // With the length in the envelope made right, so that what lies behind it is reached.
                    visit(withLength(Array(packet.prefix(place))))
                    var flipped = packet
                    flipped[place] ^= 0xFF
                    visit(flipped)
                    flipped[place] = UInt8.random(in: 0...255, using: &random)
                    visit(flipped)
                }
            }
        }
    }

    /// Every place of what is short, a sample of what is long.
    private func places(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
        guard count > 160 else { return Array(0..<count) }
        return (0..<40).map { _ in Int.random(in: 0..<count, using: &random) } + Array(0..<100)
    }

    private func withLength(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= Envelope.byteCount else { return bytes }
        var bytes = bytes
        let length = UInt32(bytes.count - Envelope.byteCount)
        for index in 0..<4 { bytes[16 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
        return bytes
    }

    private func visit(_ bytes: [UInt8]) {
        if let sealed = try? SealedMessage(parsing: bytes.rawSpan), sealed.bytes() != bytes {
            Issue.record("a sealed message was written otherwise")
        }
        guard let message = try? Message(parsing: bytes.rawSpan) else { return }
        if message.bytes() != bytes { Issue.record("a message was written otherwise") }
        if let body = try? RequestBody(parsing: message), body.bytes() != message.body {
            Issue.record("a request was written otherwise")
        }
        if let answer = try? Answer(parsing: message), answer.bytes() != message.body {
            Issue.record("an answer was written otherwise")
        }
        if let credential = try? message.credential.parsed(), CredentialField(credential) != message.credential {
            Issue.record("a credential was written otherwise")
        }
    }

    @Test("no truncation and no flipped byte of a replication stream is more than an error")
    func streams() {
        var random = SeededGenerator(seed: 21)
        for vector in ReplicationStreamTests.vectors {
            guard let bytes = vector.fields["stream_plaintext_hex"].hex else { continue }
            for place in places(bytes.count, &random) {
                for byte in [0, 0xFF, 0x80] as [UInt8] {
                    var damaged = bytes
                    damaged[place] = byte
                    walk(damaged)
                }
                walk(Array(bytes.prefix(place)))
            }
        }
    }

    private func walk(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes.rawSpan)
        if (try? TransactionStreamHeader(parsing: &reader)) != nil {
            while !reader.isAtEnd, (try? TransactionRecord(parsing: &reader, format: 1)) != nil {}
        }
        var dump = ByteReader(bytes.rawSpan)
        if (try? dump.readUInt32("format")) != nil {
            while !dump.isAtEnd, (try? DumpRecord(parsing: &dump)) != nil {}
        }
    }
}
