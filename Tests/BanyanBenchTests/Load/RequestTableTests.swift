import Testing

@testable import BanyanBench

@Suite("Requests under way")
struct RequestTableTests {
    private func request(_ scheduled: UInt64, sent: UInt64 = 0, key: Int = 0) -> RequestTable.Request {
        RequestTable.Request(scheduled: scheduled, sent: sent, key: key)
    }

    @Test("as many ids as it has room for, all different", arguments: [1, 2, 3, 64, 100])
    func room(capacity: Int) {
        var table = RequestTable(capacity: capacity)
        let ids = (0..<capacity + 1).map { table.open(request(UInt64($0))) }
        #expect(Set(ids.prefix(capacity)).count == capacity)
        #expect(!ids.prefix(capacity).contains(nil))
        #expect(ids.last == .some(nil))
        #expect(table.underWay == capacity)
        #expect(!table.hasRoom)
    }

    @Test("an answer ends its request once")
    func once() throws {
        var table = RequestTable(capacity: 4)
        let opened = table.open(request(10, sent: 12, key: 3))
        let id = try #require(opened)
        let ends = [table.close(id), table.close(id)]
        #expect(ends == [request(10, sent: 12, key: 3), nil])
        #expect(table.underWay == 0)
    }

    @Test("an answer to a request that was given up is not its successor's")
    func late() throws {
        var table = RequestTable(capacity: 1)
        let opened = table.open(request(1, sent: 1))
        let first = try #require(opened)
        let expired = table.expire(sentBefore: 2)
        #expect(expired == [request(1, sent: 1)])
        let reopened = table.open(request(3, sent: 3))
        let second = try #require(reopened)
        #expect(second != first)
        let ends = [table.close(first), table.close(second)]
        #expect(ends == [nil, request(3, sent: 3)])
    }

    @Test("only what was sent before the deadline is given up")
    func expiry() {
        var table = RequestTable(capacity: 8)
        for sent in UInt64(0)..<8 { _ = table.open(request(0, sent: sent)) }
        let expired = table.expire(sentBefore: 5)
        #expect(expired.count == 5)
        #expect(table.underWay == 3)
    }
}
