import BanyanTestSupport
import Glibc
import Testing

@Suite("Metrics (Prometheus text 0.0.4, OpenMetrics 1.0)")
struct MetricsTests {
    private static let checker: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        access($0, X_OK) == 0
    }

    private func value(_ name: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Double($0.dropFirst(name.utf8.count + 1)) }
    }

    @Test("what is done is counted: registrations, responses, answers, commits")
    func counting() throws {
        let api = try HandleAPINode()
        let before = try api.send("GET", "/metrics", []).text
        #expect(
            try api.send("PUT", "/api/handles/88.118.8/M", json: #"[{"index":1,"type":"A","data":"x"}]"#).status == 201)
        #expect(try Question(handle: "88.118.8/M").code(overTCP: api.node) == 1)
        let after = try api.send("GET", "/metrics", []).text
        func rise(_ name: String) throws -> Double {
            try #require(value(name, in: after)) - (value(name, in: before) ?? 0)
        }
        #expect(try rise("banyan_http_responses_total{status=\"201\"}") == 1)
        #expect(try rise("banyan_commit_duration_seconds_count") == 1)
        #expect(try rise("banyan_journal_head") == 1)
        #expect(try rise("banyan_records") == 1)
        #expect(value("banyan_storage_readonly", in: after) == 0)
        #expect(!after.contains("88.118.8"))
    }

    @Test("OpenMetrics is given to who asks for it, and ends")
    func openMetrics() throws {
        let api = try HandleAPINode()
        let response = try api.send(
            "GET", "/metrics", [("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")])
        #expect(response["content-type"]?.hasPrefix("application/openmetrics-text") == true)
        #expect(response.text.hasSuffix("# EOF\n"))
        #expect(response.text.contains("# TYPE banyan_http_responses counter\n"))
    }

    @Test(
        "promtool finds nothing wrong",
        .enabled("promtool is not here: apt-get install prometheus") { checker != nil })
    func lint() throws {
        let api = try HandleAPINode()
        let folder = try TemporaryFolder()
        try folder.write(Array(try api.send("GET", "/metrics", []).text.utf8), to: "metrics")
        let child = try TestChild(
            try #require(Self.checker), ["check", "metrics"], input: folder.path + "/metrics",
            output: folder.path + "/output", error: folder.path + "/error")
        let status = child.wait()
        let complaints = String(decoding: try folder.read("error"), as: UTF8.self)
        #expect(status == 0, "\(complaints)")
    }
}
