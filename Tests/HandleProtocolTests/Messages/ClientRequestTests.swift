import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Requests of the Chinese clients")
struct ClientRequestTests {
    static let vectors: [Vector] = Vectors.clientFiles.flatMap { file in
        ((try? Vectors.load(file)) ?? []).filter { !$0.request.isEmpty }
    }

    @Test("every request is read, and written as it was read", arguments: vectors)
    func request(vector: Vector) throws {
        let message: Message
        if let plaintext = vector.fields["plain_hex"].hex {
            let sealed = try SealedMessage(parsing: vector.request.rawSpan)
            #expect(sealed.bytes() == vector.request)
            message = try Message(envelope: sealed.envelope, content: plaintext.rawSpan)
            #expect(message.content() == plaintext)
        } else {
            message = try Message(parsing: vector.request.rawSpan)
            #expect(message.bytes() == vector.request)
        }
        #expect(vector.notes.contains("opcode \(message.header.opCode.rawValue)"))
        let flags = String(message.header.flags.rawValue, radix: 16)
        let digits = String(repeating: "0", count: 8 - flags.count) + flags
        #expect(vector.notes.contains("0x" + digits) || !vector.notes.contains("opFlag"))
        let body = try RequestBody(parsing: message)
        #expect(body.bytes() == message.body)
        if case .unknown = body { Issue.record("an opcode that nobody reads") }
    }

    @Test("every answer that was sent to them is read, and written as it was read", arguments: vectors)
    func answer(vector: Vector) throws {
        guard let bytes = vector.fields["reply_hex"].hex else { return }
        guard let envelope = try? Envelope(parsing: bytes.rawSpan), !envelope.flags.contains(.encrypted) else {
            #expect(try SealedMessage(parsing: bytes.rawSpan).bytes() == bytes)
            return
        }
        let message = try Message(parsing: bytes.rawSpan)
        #expect(message.bytes() == bytes)
        #expect(try Answer(parsing: message).bytes() == message.body)
    }

    @Test("the trailing string of a resolution is the authorisation, and other surplus stays surplus")
    func authorisation() throws {
        let empty = try Vectors.load("idis-pointer-sdk", name: "pointer-resolve-resolve-missing")
        let message = try Message(parsing: empty.request.rawSpan)
        guard case .query(let query) = try RequestBody(parsing: message) else { throw VectorShape() }
        #expect(query.authorisation == [] && query.surplus.isEmpty)

        var body = Query(handle: [0x61], indexes: [1], types: [[0x62]], authorisation: Array("Bearer".utf8))
        var writer = ByteWriter()
        body.write(to: &writer)
        let bytes = writer.bytes
        #expect(
            try RequestBody(parsing: bytes.rawSpan, opCode: .resolution, version: .current) == .query(body))
        // The same with a byte behind: no string ends where the body does.
        let longer = bytes + [0]
        body.authorisation = nil
        body.surplus = Array(longer.suffix(11))
        #expect(
            try RequestBody(parsing: longer.rawSpan, opCode: .resolution, version: .current) == .query(body))
    }

    @Test("a login with a key has no credential at all")
    func login() throws {
        let vector = try Vectors.load("idis-pointer-sdk", name: "pointer-mgr-login")
        let message = try Message(parsing: vector.request.rawSpan)
        #expect(message.credential == .omitted)
        let key = ValueReference(handle: Array("88.118.8/admin".utf8), index: 300)
        #expect(try RequestBody(parsing: message) == .keyLogin(KeyLogin(key: key)))
    }

    @Test("a password is not printed")
    func password() {
        let login = PasswordLogin(user: Array("u".utf8), password: Array("p".utf8))
        #expect(String(describing: login) == "PasswordLogin")
        #expect(String(reflecting: RequestBody.passwordLogin(login)).contains("112") == false)
        var dumped = ""
        dump(RequestBody.passwordLogin(login), to: &dumped)
        #expect(!dumped.contains("112"))
    }
}

/// A vector whose body is not of the kind that the test is about.
struct VectorShape: Error {}
