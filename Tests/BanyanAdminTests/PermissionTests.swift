import BanyanAdmin
import BanyanIndex
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Who may do what (RFC 3651 §3.2.1)", .serialized)
struct PermissionTests {
    /// Nobody else's, so that digests tell whether anything has changed.
    private static let ownNode = Result { try ServiceOverDataset() }

    private static let user = TestAdministrator("300:88.100.1/USER2", secret: "user2")
    private static let handle = Array("88.100.1/PERMISSIONS".utf8)

    /// An operation on a handle whose values are 1 (text) and 100 (administrators), and what it needs of them.
    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var opCode: OpCode
        var body: RequestBody
        var flags: OpFlags = .usual
        var needs: AdminPermissions
    }

    static let cases: [Case] = [
        Case(
            description: "add a value", opCode: .addValue,
            body: .values(ValuesRequest(handle: handle, values: [.text("new", index: 2)])), needs: .addValue),
        Case(
            description: "add an administrator", opCode: .addValue,
            body: .values(ValuesRequest(handle: handle, values: [.administrator("300:88.100.1/X", index: 101)])),
            needs: .addAdministrator),
        Case(
            description: "add over a value", opCode: .addValue,
            body: .values(ValuesRequest(handle: handle, values: [.text("new", index: 1)])),
            flags: [.usual, .overwrite], needs: .modifyValue),
        Case(
            description: "modify a value", opCode: .modifyValue,
            body: .values(ValuesRequest(handle: handle, values: [.text("new", index: 1)])), needs: .modifyValue),
        Case(
            description: "modify an administrator", opCode: .modifyValue,
            body: .values(ValuesRequest(handle: handle, values: [.administrator("300:88.100.1/X")])),
            needs: .modifyAdministrator),
        Case(
            description: "turn an administrator into a text", opCode: .modifyValue,
            body: .values(ValuesRequest(handle: handle, values: [.text("new", index: 100)])),
            needs: [.removeAdministrator, .modifyValue]),
        Case(
            description: "turn a text into an administrator", opCode: .modifyValue,
            body: .values(ValuesRequest(handle: handle, values: [.administrator("300:88.100.1/X", index: 1)])),
            needs: [.modifyValue, .addAdministrator]),
        Case(
            description: "remove a value", opCode: .removeValue,
            body: .removeValues(RemoveValuesRequest(handle: handle, indexes: [1])), needs: .removeValue),
        Case(
            description: "remove an administrator", opCode: .removeValue,
            body: .removeValues(RemoveValuesRequest(handle: handle, indexes: [100])), needs: .removeAdministrator),
        Case(
            description: "delete", opCode: .deleteHandle, body: .handle(HandleRequest(handle: handle)),
            needs: .deleteHandle),
        Case(
            description: "read what only administrators read", opCode: .resolution,
            body: .query(Query(handle: handle, indexes: [3])), flags: [.recursive], needs: .readValue),
    ]

    @Test("each operation needs its permissions, and no other", arguments: cases)
    func bits(_ operation: Case) throws {
        let node = try Self.ownNode.get()
        func prepare(_ permissions: AdminPermissions) throws {
            try node.put(
                "88.100.1/PERMISSIONS",
                [
                    .text("old", index: 1), .text("hidden", index: 3, permissions: [.administratorRead]),
                    .administrator("300:88.100.1/USER2", permissions),
                ])
        }
        for bit in 0..<12 {
            let missing = AdminPermissions(rawValue: 1 << bit)
            guard operation.needs.contains(missing) else { continue }
            try prepare(.all.subtracting(missing))
            let before = try node.digests()
            let code = try Self.user.code(operation.opCode, operation.body, flags: operation.flags, on: node)
            #expect(code == .notAdministrator, "without \(missing)")
            #expect(try node.digests() == before)
        }
        try prepare(operation.needs)
        #expect(try Self.user.code(operation.opCode, operation.body, flags: operation.flags, on: node) == .success)
    }

    @Test("adding a handle needs the permission of its prefix, a derived prefix that of its parent")
    func adding() throws {
        let node = try ServiceOverDataset()
        let body = RequestBody.values(
            ValuesRequest(handle: Array("88.100.1/BY-USER".utf8), values: [.text("x", index: 1)]))
        let derived = RequestBody.values(
            ValuesRequest(handle: Array("0.NA/88.100.1.77".utf8), values: [.text("x", index: 1)]))
        let flags: OpFlags = [.usual, .doNotRefer]
        for (permissions, codes) in [
            (AdminPermissions.all.subtracting([.addHandle, .addDerivedPrefix]), [400, 400]),
            (.addHandle, [1, 400]), (.addDerivedPrefix, [400, 1]),
        ] {
            try node.put("0.NA/88.100.1", [.administrator("300:88.100.1/USER2", permissions)])
            #expect(try Self.user.code(.createHandle, body, flags: flags, on: node)?.rawValue == UInt32(codes[0]))
            #expect(try Self.user.code(.createHandle, derived, flags: flags, on: node)?.rawValue == UInt32(codes[1]))
            for handle in ["88.100.1/BY-USER", "0.NA/88.100.1.77"] {
                _ = try? node.registrar.delete(handle)
            }
        }
    }

    @Test("over a handle that is there one needs what each difference needs, or what amounts to all of it")
    func overwriting() throws {
        let node = try ServiceOverDataset()
        let user = "300:88.100.1/USER2"
        let body = RequestBody.values(
            ValuesRequest(handle: Self.handle, values: [.text("changed", index: 1), .text("added", index: 5)]))
        let whole: AdminPermissions = [.modifyValue, .addValue, .removeAdministrator]
        for (ofHandle, ofPrefix, expected) in [
            (whole, [], 1), (whole.subtracting(.addValue), [], 400), (.addAdministrator, [], 1),
            (.deleteHandle, [], 400), (.deleteHandle, .addHandle, 1), ([], .addHandle, 400),
        ] as [(AdminPermissions, AdminPermissions, UInt32)] {
            try node.put("0.NA/88.100.1", [.administrator(user, ofPrefix)])
            try node.put("88.100.1/PERMISSIONS", [.text("old", index: 1), .administrator(user, ofHandle)])
            let code = try Self.user.code(.createHandle, body, flags: [.usual, .overwrite], on: node)
            #expect(code?.rawValue == expected, "\(ofHandle) \(ofPrefix)")
        }
        let answer = try Self.user.perform(.createHandle, body, flags: [.usual, .overwrite], on: node)
        #expect(answer.first?.header.responseCode == .notAdministrator)
    }

    @Test("nobody without permission, and nobody with a wrong secret, changes anything")
    func strangers() throws {
        let node = try Self.ownNode.get()
        let strangers = [
            TestAdministrator("300:88.100.1/NOPERM", secret: "noperm"),
            TestAdministrator("300:88.100.1/ADDONLY", secret: "addonly"),
            TestAdministrator("300:0.NA/88.100.1", secret: "banyan-admin-secreT"),
            TestAdministrator("200:0.NA/88.100.1", secret: "banyan-admin-secret"),
            TestAdministrator("0:88.100.1/NOPERM", secret: "noperm"),
            TestAdministrator("300:88.100.1/GHOST", secret: ""),
        ]
        var random = SeededGenerator(seed: 7)
        let handles = [
            "88.100.1/SN-000001", "88.100.1/NOPERM", "0.NA/88.100.1", "88.100.1/NEW", "0.NA/88.100.1.9", "88",
        ]
        let before = try node.digests()
        for _ in 0..<300 {
            let handle = Array((handles.randomElement(using: &random) ?? "").utf8)
            let index = UInt32.random(in: 1...303, using: &random)
            let values = ValuesRequest(
                handle: handle,
                values: [.text("x", index: index), .administrator("300:88.100.1/NOPERM", index: index + 1)])
            let (opCode, body): (OpCode, RequestBody) =
                switch Int.random(in: 0..<8, using: &random) {
                case 0: (.createHandle, .values(values))
                case 1: (.addValue, .values(values))
                case 2: (.modifyValue, .values(values))
                case 3: (.removeValue, .removeValues(RemoveValuesRequest(handle: handle, indexes: [index])))
                case 4: (.deleteHandle, .handle(HandleRequest(handle: handle)))
                case 5: (.homePrefix, .handle(HandleRequest(handle: Array("0.NA/99".utf8))))
                case 6: (.unhomePrefix, .handle(HandleRequest(handle: Array("0.NA/88.100.1".utf8))))
                default: (.createHandle, .values(values))
                }
            let flags: OpFlags = [.usual, .doNotRefer, Bool.random(using: &random) ? .overwrite : []]
            let stranger = strangers.randomElement(using: &random) ?? strangers[0]
            let code = try stranger.code(opCode, body, flags: flags, on: node)
            #expect(code != .success, "\(opCode) \(String(decoding: handle, as: UTF8.self)) by \(stranger)")
        }
        #expect(try node.digests() == before)
    }

    @Test("what anyone may write needs no proof, unless it is about administrators")
    func publicWrite() throws {
        let node = try Self.ownNode.get()
        let anyone = TestAdministrator("300:88.100.1/NOPERM", secret: "noperm")
        try node.put(
            "88.100.1/OPEN",
            [
                .text("old", index: 1, permissions: [.publicRead, .publicWrite]),
                .text("old", index: 2, permissions: [.publicRead]), .administrator("300:88.100.1/USER2"),
            ])
        func modify(_ values: [HandleValue]) throws -> ResponseCode? {
            try anyone.code(
                .modifyValue, .values(ValuesRequest(handle: Array("88.100.1/OPEN".utf8), values: values)), on: node)
        }
        #expect(try modify([.text("new", index: 1, permissions: [.publicRead, .publicWrite])]) == .success)
        #expect(try modify([.administrator("300:88.100.1/NOPERM", index: 1)]) == .insufficientPermissions)
        #expect(try modify([.text("new", index: 2)]) == .insufficientPermissions)
        #expect(try modify([.text("new", index: 1), .text("new", index: 100)]) == .notAdministrator)
    }
}
