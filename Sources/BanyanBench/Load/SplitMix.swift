/// A small generator of random numbers that repeats itself from a seed, so that two runs ask the same questions.
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform from 0 up to, not including, `bound`; 0 when the bound is 0. By multiplication, without division: the
    /// bias is below 2⁻³² for any set of keys that fits in memory.
    public mutating func next(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
    }

    /// Uniform from 0 up to, not including, 1.
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
