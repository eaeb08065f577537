import Foundation
import Testing

@testable import BanyanBench

@Suite("Which key is asked next")
struct KeyChoiceTests {
    @Test("Zipf ranks have their shares", arguments: [0.5, 0.99, 1.0, 1.5])
    func shares(exponent: Double) {
        let count = 1_000
        let draws = 200_000
        let zipf = ZipfDistribution(count: count, exponent: exponent)
        var random = SplitMix(seed: 1)
        var seen = [Int](repeating: 0, count: count + 1)
        for _ in 0..<draws { seen[zipf.next(&random)] += 1 }
        #expect(seen[0] == 0)
        var weights = [0.0]
        for rank in 1...count { weights.append(pow(Double(rank), -exponent)) }
        let whole = weights.reduce(0, +)
        for rank in [1, 2, 3, 10, 100] {
            let expected = weights[rank] / whole * Double(draws)
            // Four standard deviations, and the seed is fixed.
            #expect(abs(Double(seen[rank]) - expected) <= 4 * expected.squareRoot() + 1, "rank \(rank)")
        }
    }

    @Test("a single key is the only answer")
    func single() {
        let zipf = ZipfDistribution(count: 1, exponent: 0.99)
        var random = SplitMix(seed: 1)
        for _ in 0..<100 { #expect(zipf.next(&random) == 1) }
    }

    @Test("uniform choice reaches every key about equally often")
    func uniform() {
        var choice = KeyChoice(.uniform, count: 100, seed: 3)
        var seen = [Int](repeating: 0, count: 100)
        for _ in 0..<100_000 { seen[choice.next()] += 1 }
        #expect(seen.allSatisfy { (850...1_150).contains($0) })
    }

    @Test(
        "the same seed asks the same questions, another seed others",
        arguments: [Workload.Popularity.uniform, .zipf(1)])
    func seeds(popularity: Workload.Popularity) {
        func first(_ seed: UInt64) -> [Int] {
            var choice = KeyChoice(popularity, count: 1_000_000, seed: seed)
            return (0..<50).map { _ in choice.next() }
        }
        #expect(first(1) == first(1))
        #expect(first(1) != first(2))
    }
}
