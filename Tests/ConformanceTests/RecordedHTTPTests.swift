import BanyanTestSupport
import HandleProtocol
import Testing

/// The recorded HTTP exchanges of the reference server, sent to the real binary. Status, media type and body are the
/// same, but for what `Difference` names.
@Suite("Recorded HTTP exchanges of handle.net 9")
struct RecordedHTTPTests {
    /// Where we know better than the reference.
    private enum Difference: String {
        /// The text says what is wrong in the caller's words, not in those of a Java class, and the handle is told.
        case text
        /// A body, where the reference sends none.
        case body
        /// HTML of our own.
        case page
        /// A time to live of a kind that nobody knows comes with its kind, so that nothing is lost.
        case kind
        /// The record that was recorded had been changed; the one that is served has not.
        case unchanged
    }

    private static let differences: [String: Difference] = [
        "get-bad-index": .text, "put-bad-json": .text, "put-no-content-type": .text, "sessions-plain": .body,
        "get-ttl": .kind,
        "get-perms": .unchanged, "redirect": .page, "redirect-missing": .page, "redirect-noredirect": .page,
    ]

    @Test("each request gets the recorded answer", arguments: (try? Vectors.load("http-rest")) ?? [])
    func replay(vector: Vector) throws {
        let fields = vector.fields
        let head = (fields["request_headers"].object ?? [:]).map { ($0.key, $0.value.string ?? "") }
        let method = try #require(fields["method"].string)
        let body = fields["request_hex"].hex ?? fields["request_body"].string.map { Array($0.utf8) }
        let response = try ReferenceNode.recorded.get().node.http()
            .send(method, try #require(fields["path"].string), head, body: body)
        #expect(response.status == fields["status"].integer.map { Int($0) })
        let difference = Self.differences[vector.name]
        for (name, value) in fields["response_headers"].object ?? [:]
        where difference != .body && name != "Transfer-Encoding" && name != "Expires" {
            if name == "Content-Length", difference != nil || method == "OPTIONS" { continue }
            #expect(response[name] == value.string, "\(name)")
        }
        if let recorded = fields["response_hex"].hex {
            #expect(Answer(packets: [response.body]).comparable == Answer(packets: [recorded]).comparable)
        } else if difference == nil {
            #expect(response.text == fields["response_body"].string ?? "")
        } else if difference == .text {
            let recorded = JSONTree(parsing: Array((fields["response_body"].string ?? "").utf8)[...])
            #expect(response.json["responseCode"] == recorded?["responseCode"])
            #expect(response.json["message"].string?.contains("java") == false)
            #expect(response.json["handle"].string != nil)
        }
    }
}
