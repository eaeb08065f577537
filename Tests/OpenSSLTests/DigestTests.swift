import OpenSSL
import Testing

@Suite("Digests (RFC 1321, RFC 3174, FIPS 180-4, GB/T 32905)")
struct DigestTests {
    static let ofABC: [(Digest.Algorithm, String)] = [
        (.md5, "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (.sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ]

    @Test("the published digest of abc", arguments: ofABC)
    func publishedDigest(algorithm: Digest.Algorithm, expected: String) {
        #expect(hex(Digest.hash(Array("abc".utf8), algorithm)) == expected)
        #expect(algorithm.byteCount == expected.count / 2)
    }

    @Test("one context hashes again and again, whole or in parts", arguments: ofABC)
    func reuse(algorithm: Digest.Algorithm, expected: String) {
        let context = DigestContext()
        let (a, b, c) = (Array("a".utf8), Array("b".utf8), Array("c".utf8))
        for other in Digest.Algorithm.allCases {
            _ = context.digest(a.span.bytes, algorithm: other)
            let parts = context.digest(a.span.bytes, b.span.bytes, c.span.bytes, algorithm: algorithm)
            #expect(hex(parts.array) == expected)
            #expect(hex(parts.bytes.withUnsafeBytes { Array($0) }) == expected)
        }
    }

    @Test("a digest goes into an output whole or not at all")
    func output() {
        let context = DigestContext()
        let input = Array("abc".utf8)
        for capacity in [0, 15, 16, 20] {
            var stored = false
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                var output = OutputRawSpan(buffer: UnsafeMutableRawBufferPointer(buffer), initializedCount: 0)
                stored = context.digest(input.span.bytes, algorithm: .md5, into: &output)
                count = output.finalize(for: UnsafeMutableRawBufferPointer(buffer))
            }
            #expect(stored == (capacity >= 16))
            #expect(bytes.count == (capacity >= 16 ? 16 : 0))
        }
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
