import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import CAllocations
import HandleProtocol
import Testing

@Suite("Memory of the hot path")
struct AllocationTests {
    @Test(
        "a resolution allocates nothing, found or not, filtered or whole, with a table and without",
        arguments: [0, 1 << 20])
    func none(tableByteCount: Int) throws {
        var node = try DatasetNode(tableByteCount: tableByteCount)
        let names = [
            "all-values-udp", "not-found-udp", "by-type-udp", "by-index-many", "by-type-none", "case-fold-mixed",
            "no-slash", "slash-only", "empty-values", "long-handle", "flag-rrdg-error",
        ]
        let requests = try names.map {
            joined(try Vectors.load("resolve", name: $0).requestPackets, isFragment: true)
        }
        // The first round fills the table and what grows to its size once.
        for request in requests { _ = try node.allocationCount(answering: request) }
        for (name, request) in zip(names, requests) {
            let count = try node.allocationCount(answering: request)
            #expect(count == 0, "\(name)")
        }
    }

    @Test("nor does one of what is out of use, which is answered in place", arguments: [0, 1 << 20])
    func outOfUse(tableByteCount: Int) throws {
        var node = try DatasetNode(tableByteCount: tableByteCount)
        let handle = Array("88.100.1/SN-000004".utf8)
        try node.submit(.setState(handle: handle, .withdrawn, reason: Array("scrapped".utf8)))
        for flags in [OpFlags.usual, [], [.usual, .authoritative]] {
            for query in [Query(handle: handle), Query(handle: handle, indexes: [1])] {
                let request = TestAdministrator.request(.resolution, .query(query), flags: flags).bytes()
                _ = try node.allocationCount(answering: request)
                #expect(try node.allocationCount(answering: request) == 0)
            }
        }
    }
}
