import BanyanAdmin
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Proofs with public keys (RFC 3652 §3.5.2)")
struct PublicKeyProofTests {
    private static let holder = Array("88.100.1/Key-Holder".utf8)

    /// The code of adding a value, for who signs with `key` and names `index` of the holder.
    private func code(
        signing key: PrivateKey, index: UInt32, to handle: String, on node: ServiceOverDataset
    ) throws -> ResponseCode? {
        let body = RequestBody.values(
            ValuesRequest(handle: Array(handle.utf8), values: [.text("x", index: 7)]))
        let request = TestAdministrator.request(.addValue, body, flags: [.usual, .overwrite])
        let challenge = try #require(try node.messages(request).first)
        let reference = ValueReference(handle: Self.holder, index: index)
        let proof = try TestAdministrator.proof(to: challenge, of: reference, type: ValueType.publicKey) { proof in
            try proof.answer(key: key, keyHandle: Self.holder, version: .current)
        }
        return try node.messages(proof).first?.header.responseCode
    }

    @Test("RSA and SM2 keys prove in both encodings, the key of another does not")
    func encodings() throws {
        let node = try ServiceOverDataset()
        let keys = [try PrivateKey.generateRSA(), try PrivateKey.generateSM2()]
        for key in keys {
            let publicKey = try key.publicKey()
            let plain = PublicKeyRecord(.pem(try publicKey.pem()))
            let tagged =
                key.algorithm == .sm2
                ? PublicKeyRecord(.sm2(try publicKey.subjectPublicKeyInfo())) : try PublicKeyRecord(publicKey)
            for record in [plain, tagged] {
                try node.put(
                    "88.100.1/Key-Holder",
                    [
                        HandleValue(index: 300, type: ValueType.publicKey, data: record.bytes),
                        .administrator("300:88.100.1/Key-Holder"),
                    ])
                let code = try code(signing: key, index: 300, to: "88.100.1/key-holder", on: node)
                #expect(code == .success, "\(key.algorithm)")
                let other = try #require(keys.first { $0.algorithm != key.algorithm })
                #expect(
                    try self.code(signing: other, index: 300, to: "88.100.1/key-holder", on: node)
                        == .authenticationFailed)
            }
        }
    }

    @Test("index 0 tries every key of the handle, and is only who is named by index 0")
    func anyKey() throws {
        let node = try ServiceOverDataset()
        let key = try PrivateKey.generateRSA()
        try node.put(
            "88.100.1/Key-Holder",
            [
                HandleValue(index: 301, type: ValueType.publicKey, data: Array("no key".utf8)),
                HandleValue(index: 302, type: ValueType.publicKey, data: try PublicKeyRecord(key.publicKey()).bytes),
            ])
        try node.put("88.100.1/ANY", [.administrator("0:88.100.1/Key-Holder")])
        try node.put("88.100.1/ONE", [.administrator("302:88.100.1/Key-Holder")])
        #expect(try code(signing: key, index: 0, to: "88.100.1/ANY", on: node) == .success)
        #expect(try code(signing: key, index: 302, to: "88.100.1/ANY", on: node) == .success)
        #expect(try code(signing: key, index: 301, to: "88.100.1/ANY", on: node) == .authenticationFailed)
        #expect(try code(signing: key, index: 0, to: "88.100.1/ONE", on: node) == .notAdministrator)
        #expect(try code(signing: key, index: 302, to: "88.100.1/ONE", on: node) == .success)
    }
}
