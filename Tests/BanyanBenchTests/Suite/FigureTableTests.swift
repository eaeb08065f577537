import Foundation
import Testing

@testable import BanyanBench

@Suite("Figures and what stands beside them")
struct FigureTableTests {
    private let table = FigureTable(
        seed: 3, command: "banyan bench all",
        figures: [
            Figure("resolve", unit: "answers/s", ours: 200_000, peerName: "fixed answer", peer: 300_000),
            Figure("start", unit: "ms", ours: 12.25, better: .lower),
        ])

    @Test("the table says machine, seed, command, ours, the peer's and the ratio")
    func text() {
        let lines = table.text().split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("machine"))
        #expect(lines.contains("seed     3"))
        #expect(lines.contains { $0.contains("200,000") && $0.contains("fixed answer") && $0.hasSuffix("0.67") })
        #expect(lines.contains { $0.hasPrefix("start") && $0.contains("12.25") })
    }

    @Test("JSON reads back the same")
    func json() throws {
        #expect(try JSONDecoder().decode(FigureTable.self, from: Data(table.json().utf8)) == table)
    }

    @Test(
        "numbers are written for people",
        arguments: [
            (0, "0"), (7, "7"), (1_234, "1,234"), (-1_234_567, "-1,234,567"), (0.126, "0.13"), (99.5, "99.50"),
            (100.4, "100"), (.infinity, "-"),
        ] as [(Double, String)])
    func quantities(value: Double, text: String) {
        #expect(Quantity.text(value) == text)
    }

    @Test("the median is the middle one, or between the two in the middle")
    func median() {
        #expect(Quantity.median([]) == 0)
        #expect(Quantity.median([3, 1, 2]) == 2)
        #expect(Quantity.median([4, 1, 2, 3]) == 2.5)
    }

    @Test("a peer's line is read")
    func peers() {
        #expect(Peers.figures("qps=123 good=4 p50us=1.5 x y=z\n") == ["qps": 123, "good": 4, "p50us": 1.5])
        #expect(Peers.recordsPerSecond("append 1822333 records/s (1000 records)") == 1_822_333)
        #expect(Peers.recordsPerSecond("nothing") == nil)
    }
}
