import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

@Suite("Choosing a site's server (RFC 3651 §3.2.2)")
struct ServerSelectionTests {
    @Test("every handle goes to the server that the reference chooses")
    func reference() throws {
        let context = DigestContext()
        let vectors = try Vectors.load("encodings").filter { $0.name.hasPrefix("hash-") }
        #expect(vectors.count >= 30)
        for vector in vectors {
            let handle = Array(try #require(vector.fields["handle"].string).utf8)
            let option = HashOption(rawValue: UInt8(try #require(vector.fields["hashOption"].integer)))
            for (index, expected) in try #require(vector.fields["serverFor_n_1_to_7"].array).enumerated() {
                let expected = Int(try #require(expected.integer))
                #expect(
                    ServerSelection.position(of: handle, hashOption: option, serverCount: index + 1) == expected,
                    "\(vector)")
                let part = option.part(of: handle)
                #expect(
                    ServerSelection.position(ofPart: part.rawSpan, serverCount: index + 1, using: context) == expected)
            }
        }
        #expect(ServerSelection.position(of: [1], hashOption: .wholeHandle, serverCount: 0) == 0)
    }
}
