import BanyanTestSupport
import Testing

@Suite("A node over HTTP")
struct HTTPTests {
    @Test("--http answers, the ready file tells where, SIGTERM ends it with a connection open")
    func health() throws {
        let node = try MadeNode().serve("--http", "127.0.0.1:0")
        let client = try node.http()
        #expect(try client.send("GET", "/livez").text == "ok\n")
        #expect(try client.send("GET", "/readyz?verbose").text == "[+] store\n[+] index\nready\n")
        #expect(try client.send("DELETE", "/livez").status == 405)
        #expect(node.terminate() == 0)
        #expect(client.isClosed)
    }

    @Test("an address that other machines reach is refused, with what would be taken")
    func clear() throws {
        let result = try MadeNode().run("serve", "--listen", "127.0.0.1:0", "--http", "0.0.0.0:0")
        #expect(result.status == 2)
        #expect(result.error.contains("127.0.0.1:8000"))
    }
}
