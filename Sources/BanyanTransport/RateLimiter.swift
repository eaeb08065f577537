/// Token buckets for addresses and their networks, in a table of fixed size: a source costs no memory.
///
/// An entry stands for one address or one network. Four entries share a place; a newcomer takes that which was asked
/// least lately and begins with full buckets.
struct RateLimiter {
    /// What is taken from an address's buckets.
    struct Cost {
        var answers: UInt32 = 0
        var errors: UInt32 = 0
        var bytes: UInt32 = 0
        var handOffs: UInt32 = 0
    }

    /// Thousandths, so that a slow bucket fills evenly.
    private struct Entry {
        var tag: UInt32 = 0
        /// Milliseconds, of which the upper bits are gone: only differences count.
        var filled: UInt32 = 0
        var answers: UInt32 = 0
        var errors: UInt32 = 0
        var bytes: UInt32 = 0
        var handOffs: UInt32 = 0
    }

    private static let ways = 4
    private let placeCount: Int
    private var entries: ContiguousArray<Entry>
    /// May be changed; what buckets hold beyond the new size runs out.
    var rates: RateLimits
    /// Keeps others from choosing addresses that meet in one place.
    private let seed = UInt64.random(in: .min ... .max)
    private var limitedCount = 0

    /// - Parameter placeCount: four times as many addresses and networks are remembered.
    init(_ rates: RateLimits, placeCount: Int = 4_096) {
        self.rates = rates
        self.placeCount = placeCount
        entries = ContiguousArray(repeating: Entry(), count: Self.ways * placeCount)
    }

    /// Takes `cost` from the buckets of `address` and of the networks around it; false, and takes nothing, if one of
    /// them does not hold it. `now` in milliseconds.
    mutating func take(_ cost: Cost, from address: IPAddress, at now: UInt64) -> Bool {
        let now = UInt32(truncatingIfNeeded: now)
        var places = InlineArray<4, Int>(repeating: -1)
        let levels = address.isV4 ? 2 : 4
        for level in 0..<levels {
            let factor = level == 0 ? 1 : max(1, rates.networkFactor)
            let place = place(of: address, level: level, factor: factor, at: now)
            guard covers(entries[place], cost) else { return false }
            places[level] = place
        }
        for level in 0..<levels {
            entries[places[level]].answers -= cost.answers &* 1_000
            entries[places[level]].errors -= cost.errors &* 1_000
            entries[places[level]].bytes -= cost.bytes &* 1_000
            entries[places[level]].handOffs -= cost.handOffs &* 1_000
        }
        return true
    }

    /// Whether this limited answer is a short refusal: every second is, so that an honest client learns why.
    mutating func refusesAloud() -> Bool {
        limitedCount &+= 1
        return limitedCount & 1 == 0
    }

    private func covers(_ entry: Entry, _ cost: Cost) -> Bool {
        UInt64(entry.answers) >= UInt64(cost.answers) * 1_000 && UInt64(entry.errors) >= UInt64(cost.errors) * 1_000
            && UInt64(entry.bytes) >= UInt64(cost.bytes) * 1_000
            && UInt64(entry.handOffs) >= UInt64(cost.handOffs) * 1_000
    }

    /// The entry of an address (level 0) or of a network around it, filled up to now.
    private mutating func place(of address: IPAddress, level: Int, factor: UInt32, at now: UInt32) -> Int {
        let bitCount =
            switch (address.isV4, level) {
            case (true, 0): 32
            case (true, _): 24
            case (false, 0): 128
            case (false, 1): 64
            case (false, 2): 56
            case (false, _): 48
            }
        let hash = address.masked(to: bitCount).hash(seed: seed &+ UInt64(level))
        let tag = UInt32(truncatingIfNeeded: hash >> 32) | 1
        let first = Int(hash % UInt64(placeCount)) * Self.ways
        var oldest = first
        for place in first..<(first + Self.ways) {
            if entries[place].tag == tag {
                fill(place, factor: factor, at: now)
                return place
            }
            if now &- entries[place].filled > now &- entries[oldest].filled || entries[place].tag == 0 {
                oldest = place
            }
        }
        entries[oldest] = Entry(
            tag: tag, filled: now, answers: thousandths(rates.answerBurst, factor),
            errors: thousandths(rates.errorBurst, factor), bytes: thousandths(rates.byteBurst, factor),
            handOffs: thousandths(rates.handOffBurst, factor))
        return oldest
    }

    private mutating func fill(_ place: Int, factor: UInt32, at now: UInt32) {
        let elapsed = UInt64(now &- entries[place].filled)
        guard elapsed > 0 else { return }
        entries[place].filled = now
        func filled(_ bucket: UInt32, rate: UInt32, burst: UInt32) -> UInt32 {
            let sum = UInt64(bucket) &+ elapsed &* UInt64(rate) &* UInt64(factor)
            return min(UInt32(clamping: sum), thousandths(burst, factor))
        }
        let entry = entries[place]
        entries[place].answers = filled(entry.answers, rate: rates.answersPerSecond, burst: rates.answerBurst)
        entries[place].errors = filled(entry.errors, rate: rates.errorsPerSecond, burst: rates.errorBurst)
        entries[place].bytes = filled(entry.bytes, rate: rates.bytesPerSecond, burst: rates.byteBurst)
        entries[place].handOffs = filled(entry.handOffs, rate: rates.handOffsPerSecond, burst: rates.handOffBurst)
    }

    private func thousandths(_ burst: UInt32, _ factor: UInt32) -> UInt32 {
        UInt32(clamping: UInt64(burst) * UInt64(factor) * 1_000)
    }
}
