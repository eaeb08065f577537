import BanyanResolver
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Answers against the reference's own (RFC 3652 §3.2, §3.3)")
struct GoldenExchangeTests {
    /// Answers that differ on purpose, and those that another thread gives.
    static let elsewhere: Set<String> = ["referral-old-client-2.9", "request-missing-packet", "request-over-512"]

    @Test(
        "the reference's answer, byte for byte but for the expiration",
        arguments: ["resolve", "versions", "referral", "site-info", "udp-fragment"], [0, 1 << 20])
    func replay(file: String, tableByteCount: Int) throws {
        var node = try DatasetNode(tableByteCount: tableByteCount)
        let vectors = try Vectors.load(file)
        // Twice: what the first round puts into the table is what the second one answers from.
        for vector in vectors + vectors where !Self.elsewhere.contains(vector.name) {
            let request = joined(vector.requestPackets, isFragment: true)
            let recorded = joined(vector.responsePackets, isFragment: request[2] & 0x20 != 0)
            let (outcome, response) = try node.answer(
                request, over: vector.transport == "tcp" ? .stream : .datagram)
            switch outcome {
            case .handOff(.signature): #expect(vector.decoded["response"]["credential"] != .null, "\(vector)")
            case .handOff(.challenge):
                #expect(vector.decoded["response"]["header"]["responseCode"].integer == 402, "\(vector)")
            default:
                #expect(outcome == .reply, "\(vector)")
                #expect(hex(masked(response)) == hex(masked(recorded)), "\(vector)")
            }
        }
    }
}
