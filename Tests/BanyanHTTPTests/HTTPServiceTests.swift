import BanyanHTTP
import BanyanTestSupport
import BanyanTransport
import Testing

@Suite("The HTTP server and its limits (RFC 9110, RFC 9112)")
struct HTTPServiceTests {
    @Test("a door gets method, path, query and body as they came; one connection carries many requests")
    func calls() async throws {
        try await TestService.run { service in
            let client = try service.connect()
            #expect(try client.send("GET", "/echo/a%20b//c?x=1&y").text == "GET /echo/a%20b//c x=1&y ")
            #expect(try client.send("DELETE", "/echo", body: Array("gone".utf8)).text == "DELETE /echo - gone")
            #expect(try client.send("POST", "/echo/work").text == "worked")
        }
    }

    @Test("HEAD has the head of GET and no body")
    func head() async throws {
        try await TestService.run { service in
            let client = try service.connect()
            let response = try client.send("HEAD", "/echo")
            #expect(response["content-length"] == "13")
            #expect(response.body == [])
            #expect(try client.send("GET", "/echo").text == "GET /echo - ")
        }
    }

    @Test("what no door takes, and what fails inside, is told as a problem with the request's id (RFC 9457)")
    func problems() async throws {
        try await TestService.run { service in
            let client = try service.connect()
            let missing = try client.send("GET", "/none", [("X-Request-ID", "mine-1")])
            #expect(missing.status == 404)
            #expect(missing["content-type"] == "application/problem+json")
            #expect(missing["x-request-id"] == "mine-1")
            #expect(missing.json["requestId"].string == "mine-1")
            let fault = try client.send("GET", "/echo/fault", [("X-Request-ID", "no id")])
            #expect(fault.status == 500)
            #expect(fault.json["code"].string == "internal")
            #expect(fault["x-request-id"]?.utf8.count == 16)
        }
    }

    @Test("a body of the longest length is taken, one byte more is not")
    func bodies() async throws {
        try await TestService.run { service in
            let client = try service.connect()
            let most = [UInt8](repeating: 0x61, count: 1_000)
            #expect(try client.send("PUT", "/echo", body: most).status == 200)
            #expect(try client.send("PUT", "/echo", body: most + [0x61]).status == 413)
            try client.sendRaw("PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<2 { try client.sendRaw("1f4\r\n" + String(repeating: "a", count: 500) + "\r\n") }
            try client.sendRaw("1\r\nb\r\n0\r\n\r\n")
            #expect(try client.receive().status == 413)
            #expect(try client.send("GET", "/echo").status == 200)
        }
    }

    @Test("a head that is too long, and what is no HTTP, ends the connection with 400")
    func heads() async throws {
        try await TestService.run { service in
            let long = try service.connect()
            let response = try long.send("GET", "/echo", [("X-Long", String(repeating: "a", count: 20_000))])
            #expect(response.status == 400)
            let other = try service.connect()
            try other.sendRaw("\u{1}\u{2}\r\n\r\n")
            #expect(try other.receive().status == 400)
            #expect(other.isClosed)
        }
    }

    @Test("an address that asks too often is told so, others are not; the exempt always pass")
    func rates() async throws {
        @Sendable func configure(_ configuration: inout HTTPConfiguration) {
            configuration.requestsPerSecond = 1
            configuration.requestBurst = 3
        }
        try await TestService.run(configure: { configure(&$0) }) { service in
            let client = try service.connect()
            for _ in 0..<5 { #expect(try client.send("GET", "/echo").status == 200) }
        }
        try await TestService.run(configure: {
            configure(&$0)
            $0.exempt = []
        }) { service in
            let client = try service.connect()
            let responses = try (0..<5).map { _ in try client.send("GET", "/echo") }
            #expect(responses.prefix(3).allSatisfy { $0.status == 200 })
            #expect(responses.contains { $0.status == 429 && $0["retry-after"] == "1" })
        }
    }

    @Test("more connections of one address than it may have are closed")
    func connections() async throws {
        try await TestService.run(configure: {
            $0.exempt = []
            $0.connectionsPerAddress = 2
        }) { service in
            let first = try service.connect()
            let second = try service.connect()
            #expect(try first.send("GET", "/echo").status == 200)
            #expect(try second.send("GET", "/echo").status == 200)
            #expect(try service.connect().isClosed)
            #expect(try first.send("GET", "/echo").status == 200)
        }
    }

    @Test("an address that cannot be listened on is told")
    func notOurs() async throws {
        await #expect(throws: TransportError.self) {
            try await TestService.run(configure: { $0.listeners[0].endpoint.address = IPAddress(v4: 0xC000_0201) }) {
                _ in
            }
        }
    }
}
