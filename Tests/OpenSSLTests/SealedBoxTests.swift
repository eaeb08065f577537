import OpenSSL
import Testing

@Suite("Sealed boxes (NIST SP 800-38D) and hashes of passwords (RFC 7914)")
struct SealedBoxTests {
    private let key = SecretBytes(Array(repeating: 7, count: 32))

    @Test("what is sealed opens again, whatever its length, and looks different each time", arguments: [0, 1, 16, 999])
    func roundTrip(byteCount: Int) throws {
        let text = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
        let box = try SealedBox.seal(text, key: key, context: [1])
        #expect(box.count == byteCount + SealedBox.overheadByteCount)
        #expect(try SealedBox.open(box, key: key, context: [1]).exposed == text)
        #expect(try SealedBox.seal(text, key: key, context: [1]) != box)
    }

    @Test("a box that was changed, cut or moved does not open")
    func changed() throws {
        let box = try SealedBox.seal(Array("110101199003070000".utf8), key: key, context: [1])
        for position in box.indices {
            var changed = box
            changed[position] ^= 1
            #expect(throws: OpenSSLError.self) { try SealedBox.open(changed, key: key, context: [1]) }
        }
        for count in 0..<box.count {
            #expect(throws: OpenSSLError.self) { try SealedBox.open(Array(box[..<count]), key: key, context: [1]) }
        }
        #expect(throws: OpenSSLError.self) { try SealedBox.open(box, key: key, context: [2]) }
        let other = SecretBytes(Array(repeating: 8, count: 32))
        #expect(throws: OpenSSLError.self) { try SealedBox.open(box, key: other, context: [1]) }
    }

    @Test("scrypt gives what RFC 7914 §12 says")
    func scrypt() throws {
        let cost = Scrypt.Cost(costFactor: 1_024, blockSize: 8, parallelization: 16)
        // The document's parallelization of 16 is beyond what we take.
        #expect(throws: OpenSSLError.self) {
            try Scrypt.hash(password: SecretBytes(Array("password".utf8)), salt: Array("NaCl".utf8), cost: cost)
        }
        let hash = try Scrypt.hash(
            password: SecretBytes(Array("pleaseletmein".utf8)), salt: Array("SodiumChloride".utf8),
            cost: Scrypt.Cost(costFactor: 16_384, blockSize: 8, parallelization: 1), byteCount: 64)
        #expect(hash.exposed.prefix(8) == [0x70, 0x23, 0xBD, 0xCB, 0x3A, 0xFD, 0x73, 0x48])
    }
}
