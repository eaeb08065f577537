import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Registrar: the one way to write")
struct RegistrarTests {
    @Test("a registration is there when its result is")
    func registration() throws {
        let registry = try TestRegistry()
        let result = try registry.submit([put("88.100.1/a", url("https://example.cn/1", timestamp: 7))])
        #expect(result.created == 1 && result.rejections.isEmpty)
        #expect(result.journalHead == 2)
        #expect(try registry.values(of: "88.100.1/A") == [url("https://example.cn/1", timestamp: 7)])
    }
}
