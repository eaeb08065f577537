import Testing

@testable import BanyanBench

@Suite("Histogram of latencies")
struct HistogramTests {
    @Test("every value comes back within one per cent, across the whole range")
    func exactness() throws {
        var value: UInt64 = 1
        while value < UInt64.max / 3 {
            for near in [value - 1, value, value + 1] {
                var histogram = Histogram()
                // Two neighbours keep the exact minimum and maximum from hiding the bucket's own answer.
                histogram.record(0)
                histogram.record(near)
                histogram.record(.max)
                let back = try #require(histogram.value(atQuantile: 0.5))
                let error = near > back ? near - back : back - near
                #expect(Double(error) <= Double(near) * 0.01, "\(near) came back as \(back)")
            }
            value = value * 3 / 2 + 1
        }
    }

    @Test("small values are exact")
    func small() {
        var histogram = Histogram()
        for value in 0..<128 { histogram.record(UInt64(value)) }
        for value in 1...128 { #expect(histogram.value(atQuantile: Double(value) / 128) == UInt64(value - 1)) }
    }

    @Test("quantiles are those of the sorted values, to p99.99")
    func quantiles() throws {
        var random = SplitMix(seed: 7)
        var histogram = Histogram()
        var values: [UInt64] = []
        for _ in 0..<100_000 {
            let value = UInt64(1_000 / (1.000_001 - random.nextUnit()))
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for quantile in [0.5, 0.9, 0.99, 0.999, 0.9999] {
            let exact = Double(values[Int((quantile * 100_000).rounded(.up)) - 1])
            let found = Double(try #require(histogram.value(atQuantile: quantile)))
            #expect(abs(found - exact) <= exact * 0.01)
        }
        #expect(histogram.value(atQuantile: 1) == values.last)
        #expect(histogram.value(atQuantile: 0) == values.first)
    }

    @Test("an empty one has no quantiles")
    func empty() {
        #expect(Histogram().value(atQuantile: 0.5) == nil)
        #expect(Histogram().mean == 0)
    }

    @Test("two added together are one that recorded both")
    func addition() {
        var one = Histogram()
        var other = Histogram()
        var both = Histogram()
        for value in UInt64(0)..<1_000 {
            value.isMultiple(of: 2) ? one.record(value * 977) : other.record(value * 977)
            both.record(value * 977)
        }
        one.add(other)
        #expect(one == both)
    }
}
