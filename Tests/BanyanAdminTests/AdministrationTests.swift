import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Requests that are neither resolution nor site information (RFC 3652 §3)")
struct AdministrationTests {
    private func text(_ message: Message) throws -> String? {
        guard case .error(let body) = try Answer(parsing: message).body else { return nil }
        return body.message.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "administration over datagrams is refused with the recorded text, to the request that was sent",
        arguments: [("malformed", "admin-over-udp"), ("admin", "create-udp/1"), ("list", "list-udp/1")])
    func datagrams(file: String, name: String) throws {
        let node = try ServiceOverDataset.get()
        let vector = try Vectors.load(file, name: name)
        let request = try Message(parsing: vector.request.rawSpan)
        let answer = try #require(try node.answer(vector.request, over: .datagram))
        #expect(answer.header.responseCode == .protocolError)
        #expect(try text(answer) == "Received admin request on non-admin interface")
        #expect(answer.header.opCode == request.header.opCode)
        #expect(answer.envelope.requestID == request.envelope.requestID)
        #expect(answer.envelope.version == .current)
        #expect(answer.header.flags == [.authoritative, .recursive])
    }

    @Test("a body that cannot be read is refused, and the text names field and place")
    func malformedBodies() throws {
        let node = try ServiceOverDataset.get()
        for name in ["create-value-count-huge", "create-value-truncated"] {
            let vector = try Vectors.load("malformed", name: name)
            let answer = try #require(try node.answer(vector.request))
            #expect(answer.header.responseCode == .protocolError, "\(vector)")
            #expect(answer.header.opCode == .createHandle)
            let text = try #require(try text(answer))
            #expect(text.hasPrefix("value count at byte "), "\(vector): \(text)")
        }
    }

    @Test("the site record decides which door takes administration")
    func interfaces() throws {
        let node = try ServiceOverDataset { site in
            for index in site.servers[0].interfaces.indices {
                let isUDP = site.servers[0].interfaces[index].transport == .udp
                site.servers[0].interfaces[index].service = isUDP ? [.administration, .query] : .query
            }
        }
        let request = try Vectors.load("admin", name: "create-udp/1").request
        #expect(try node.answer(request, over: .datagram)?.header.responseCode == .authenticationNeeded)
        #expect(try node.answer(request, over: .stream)?.header.responseCode == .protocolError)
    }

    @Test("what the node does not do is answered so, under the request's own operation")
    func unsupported() throws {
        let node = try ServiceOverDataset.get()
        for (file, name) in [
            ("malformed", "opcode-999-tcp"), ("malformed", "opcode-2000-tcp"), ("malformed", "opcode-999-udp"),
        ] {
            let vector = try Vectors.load(file, name: name)
            let request = try Message(parsing: vector.request.rawSpan)
            let answer = try #require(try node.answer(vector.request), "\(vector)")
            #expect(answer.header.responseCode == .operationNotSupported, "\(vector)")
            #expect(answer.header.opCode == request.header.opCode)
            #expect(answer.envelope.requestID == request.envelope.requestID)
            #expect(answer.envelope.sessionID == request.envelope.sessionID)
            #expect(answer.header.flags == [.authoritative, .recursive])
        }
    }

    @Test(
        "what the reference says of sessions that are not open, and of what is long gone",
        arguments: [
            ("malformed", "terminate-no-session-udp"), ("malformed", "terminate-no-session-tcp"),
            ("session", "unknown-session"), ("session", "encrypted-unknown-session"),
            ("session", "encrypted-no-session"), ("session", "negative-session"), ("naming-authority", "next-txn-id"),
        ])
    func recorded(file: String, name: String) throws {
        let node = try ServiceOverDataset.get()
        let vector = try Vectors.load(file, name: name)
        let answer = try #require(try node.answer(vector.request))
        #expect(try answer.comparable == Message(recorded: vector).comparable)
    }

    @Test("an answer, a scrap and an operation 0 get silence over datagrams")
    func silence() throws {
        let node = try ServiceOverDataset.get()
        for name in ["response-as-request-udp", "opcode-0-udp", "short-envelope-udp"] {
            let vector = try Vectors.load("malformed", name: name)
            #expect(node.answers(vector.request, over: .datagram).isEmpty)
        }
        let request = try Vectors.load("admin", name: "create-seckey-22/1").request
        for count in 0..<request.count {
            _ = node.answers(Array(request.prefix(count)))
        }
    }
}
