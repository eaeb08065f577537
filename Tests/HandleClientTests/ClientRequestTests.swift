import BanyanTestSupport
import HandleClient
import HandleProtocol
import Testing

@Suite("Requests, as the reference's client makes them")
struct ClientRequestTests {
    @Test("a resolution has the bytes of the recorded one, but for request id and expiration")
    func recorded() throws {
        let vector = try Vectors.load("resolve", name: "all-values-udp")
        var expected = try Message(parsing: vector.request.rawSpan)
        let request = ClientRequest.resolution(Query(handle: Array("88.100.1/SN-000001".utf8)), at: 1_000)
        #expect(request.header.expiration == 1_000 + 43_200)
        expected.envelope.requestID = request.envelope.requestID
        expected.header.expiration = request.header.expiration
        #expect(request.bytes() == expected.bytes())
    }

    @Test("each wish is its flag, and nothing else changes")
    func wishes() {
        func flags(_ change: (inout ClientRequest.Wishes) -> Void) -> OpFlags {
            var wishes = ClientRequest.Wishes()
            change(&wishes)
            return ClientRequest.siteInformation(wishes: wishes, at: 0).header.flags
        }
        #expect(flags { _ in } == .usual)
        #expect(flags { $0.authoritative = true } == [.usual, .authoritative])
        #expect(flags { $0.certify = true } == [.usual, .certify])
        #expect(flags { $0.requestDigest = true } == [.usual, .requestDigest])
        #expect(flags { $0.publicOnly = false } == [.recursive, .cacheCertify])
    }

    @Test("request ids are not guessed, and never the one of servers that could not read a request")
    func requestIDs() {
        let ids = (0..<1_000).map { _ in ClientRequest.siteInformation(at: 0).envelope.requestID }
        #expect(Set(ids).count > 990)
        #expect(!ids.contains(0) && !ids.contains(.max))
    }
}
