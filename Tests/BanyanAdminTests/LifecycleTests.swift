import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Identifiers out of use, over the protocol", .serialized)
struct LifecycleTests {
    private static let ownNode = Result { try ServiceOverDataset() }
    private static let owner = TestAdministrator("300:88.100.1/USER2", secret: "user2")
    private static let handle = Array("88.100.1/LIFE".utf8)

    private func prepare(_ state: RecordState) throws -> ServiceOverDataset {
        let node = try Self.ownNode.get()
        try node.setState(.active, of: Self.handle)
        try node.put(
            "88.100.1/LIFE",
            [
                .text("own", index: 1), .text("hidden", index: 3, permissions: [.administratorRead]),
                .text("nobody's", index: 4, permissions: []), .administrator("300:88.100.1/USER2"),
            ])
        try node.setState(state, of: Self.handle)
        return node
    }

    private func values(
        _ query: Query, flags: OpFlags, as asker: TestAdministrator? = nil, on node: ServiceOverDataset
    ) throws -> (code: ResponseCode, texts: [String]) {
        let body = RequestBody.query(query)
        let answer =
            if let asker {
                try #require(try asker.perform(.resolution, body, flags: flags, on: node).first)
            } else {
                try #require(try node.messages(TestAdministrator.request(.resolution, body, flags: flags)).first)
            }
        guard case .values(let found) = try HandleProtocol.Answer(parsing: answer).body else {
            return (answer.header.responseCode, [])
        }
        return (answer.header.responseCode, found.values.map { String(decoding: $0.data.prefix(9), as: UTF8.self) })
    }

    @Test(
        "everyone is told the state, whatever flags the client sets, and what else it has is not",
        arguments: [
            OpFlags.usual, [], [.recursive], [.usual, .authoritative], [.usual, .certify],
        ])
    func everyone(_ flags: OpFlags) throws {
        for (state, text) in [(RecordState.withdrawn, "withdrawn"), (.suspended, "suspended")] {
            let node = try prepare(state)
            let all = try values(Query(handle: Self.handle), flags: flags, on: node)
            #expect(all.code == .success)
            #expect(all.texts == [text])
            #expect(try values(Query(handle: Self.handle, indexes: [1]), flags: flags, on: node).texts == [text])
            #expect(
                try values(Query(handle: Self.handle, types: [Array("STATUS".utf8)]), flags: flags, on: node).texts
                    == [text])
            let own = try values(Query(handle: Self.handle, indexes: [3]), flags: flags, on: node).code
            #expect(own == (flags.contains(.publicOnly) ? .valuesNotFound : .authenticationNeeded))
            #expect(
                try values(Query(handle: Self.handle, indexes: [77]), flags: flags, on: node).code == .valuesNotFound)
        }
    }

    @Test("its administrators, and the server's, read what it has kept; others are told the state")
    func administrators() throws {
        let node = try prepare(.withdrawn)
        let all = Query(handle: Self.handle, indexes: [1, 3, 100])
        let whole = Query(handle: Self.handle)
        let flags: OpFlags = [.recursive, .authoritative]
        for asker in [Self.owner, .server] {
            // What nobody may read is not for administrators either.
            #expect(try values(whole, flags: flags, as: asker, on: node).code == .insufficientPermissions)
            let read = try values(Query(handle: Self.handle, indexes: [3]), flags: flags, as: asker, on: node)
            #expect(read.code == .success)
            #expect(read.texts == ["hidden"])
        }
        #expect(try values(all, flags: flags, as: Self.owner, on: node).texts == ["withdrawn"])
        let stranger = TestAdministrator("300:88.100.1/USER1", secret: "密钥-secret-2")
        #expect(try values(whole, flags: flags, as: stranger, on: node).texts == ["withdrawn"])
        #expect(
            try values(Query(handle: Self.handle, indexes: [3]), flags: flags, as: stranger, on: node).code
                == .notAdministrator)
    }

    @Test(
        "nobody changes it, the server's administrators neither; a withdrawn name is 101",
        arguments: [
            TestAdministrator.server, Self.owner,
        ])
    func frozen(_ asker: TestAdministrator) throws {
        for state in [RecordState.withdrawn, .suspended] {
            let node = try prepare(state)
            let before = try node.digests()
            func code(_ operation: OpCode, _ body: RequestBody, _ flags: OpFlags = .usual) throws -> ResponseCode? {
                try asker.code(operation, body, flags: flags, on: node)
            }
            let values = RequestBody.values(ValuesRequest(handle: Self.handle, values: [.text("x", index: 1)]))
            let added = RequestBody.values(ValuesRequest(handle: Self.handle, values: [.text("x", index: 9)]))
            #expect(try code(.createHandle, values) == .handleAlreadyExists)
            #expect(
                try code(.createHandle, values, [.usual, .overwrite])
                    == (state == .withdrawn ? .handleAlreadyExists : .insufficientPermissions))
            #expect(try code(.addValue, added) == .insufficientPermissions)
            #expect(try code(.modifyValue, values) == .insufficientPermissions)
            let removal = RemoveValuesRequest(handle: Self.handle, indexes: [1])
            #expect(try code(.removeValue, .removeValues(removal)) == .insufficientPermissions)
            let whole = RequestBody.handle(HandleRequest(handle: Self.handle))
            #expect(try code(.deleteHandle, whole) == .insufficientPermissions)
            #expect(try node.digests() == before)
        }
        let node = try prepare(.active)
        #expect(try values(Query(handle: Self.handle, indexes: [1]), flags: .usual, on: node).texts == ["own"])
        let whole = RequestBody.handle(HandleRequest(handle: Self.handle))
        #expect(try asker.code(.deleteHandle, whole, on: node) == .success)
    }

    @Test("it stays in lists, and a key in what is out of use proves nothing")
    func listsAndKeys() throws {
        let node = try ServiceOverDataset()
        try node.put("88.100.1/KEYS", [.secret("of keys")])
        try node.put("88.100.1/LIFE", [.text("own", index: 1), .administrator("300:88.100.1/KEYS")])
        let keys = TestAdministrator("300:88.100.1/KEYS", secret: "of keys")
        let body = RequestBody.values(ValuesRequest(handle: Self.handle, values: [.text("x", index: 1)]))
        #expect(try keys.code(.modifyValue, body, on: node) == .success)
        try node.setState(.suspended, of: Array("88.100.1/KEYS".utf8))
        #expect(try keys.code(.modifyValue, body, on: node) == .authenticationFailed)
        try node.setState(.active, of: Array("88.100.1/KEYS".utf8))
        #expect(try keys.code(.modifyValue, body, on: node) == .success)

        try node.setState(.withdrawn, of: Self.handle)
        let list = RequestBody.handle(HandleRequest(handle: Array("0.NA/88.100.1".utf8)))
        let names = try TestAdministrator.server.perform(.listHandles, list, on: node).flatMap { message in
            guard case .handles(let names) = try HandleProtocol.Answer(parsing: message).body else {
                return [[UInt8]]()
            }
            return names.handles
        }
        #expect(names.contains(Self.handle))
    }

    @Test("a suspended prefix answers 301 for its handles, and its record all the same")
    func suspendedPrefix() throws {
        let node = try ServiceOverDataset()
        var set = ChangeSet()
        set.append(.suspend(prefix: Array("88.100.1".utf8), reason: Array("unpaid".utf8)))
        _ = try node.registrar.submit(set)
        let answer = try #require(
            try node.messages(
                TestAdministrator.request(.resolution, .query(Query(handle: Array("88.100.1/SN-000004".utf8))))
            ).first)
        #expect(answer.header.responseCode == .serverNotResponsible)
        #expect(try HandleProtocol.Answer(parsing: answer).body == .error(ErrorBody(message: "Prefix suspended")))
        #expect(try values(Query(handle: Array("0.NA/88.100.1".utf8)), flags: .usual, on: node).code == .success)
    }

    @Test("a new name that breaks a rule is 102, and the answer says which and how; a minted one is made to fit")
    func rules() throws {
        let node = try ServiceOverDataset()
        var rules = IdentifierRules()
        try rules.set("check-character", to: "mod-37-36")
        try rules.set("length", to: "5..60")
        var set = ChangeSet()
        set.append(.setRules(prefix: Array("88.100.1".utf8), rules: rules.bytes))
        _ = try node.registrar.submit(set)
        func create(_ name: String, _ flags: OpFlags = .usual) throws -> Message {
            let body = ValuesRequest(handle: Array("88.100.1/\(name)".utf8), values: [.text("x", index: 1)])
            return try #require(
                try TestAdministrator.server.perform(.createHandle, .values(body), flags: flags, on: node).first)
        }
        for (name, text) in [
            ("a", "rule length: 5..60"), ("A12425GABC1234002N", "rule check-character: mod-37-36"),
        ] {
            let answer = try create(name)
            #expect(answer.header.responseCode == .invalidHandle)
            guard case .error(let body) = try HandleProtocol.Answer(parsing: answer).body else { continue }
            #expect(String(decoding: body.message ?? [], as: UTF8.self).hasSuffix(text))
        }
        #expect(try create("A12425GABC1234002M").header.responseCode == .success)
        #expect(try create("", [.usual, .mint]).header.responseCode == .success)
    }
}

extension ServiceOverDataset {
    /// As an operator's verb does.
    func setState(_ state: RecordState, of handle: [UInt8]) throws {
        var set = ChangeSet()
        set.append(.setState(handle: handle, state, reason: Array("test".utf8)))
        _ = try registrar.submit(set)
    }
}
