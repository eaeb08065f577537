import Synchronization

/// Addresses that completed an exchange over TCP lately: no one else can have asked in their name, so they get long
/// answers over UDP.
///
/// One word per address, in the slot that its hash chooses: when two want the same slot the later one has it, and the
/// other comes back over TCP once more. Any thread reads and writes without a lock.
final class ProvenAddresses: Sendable {
    private static let slotCount = 4_096
    /// The hash's upper half and the second until which it counts.
    private let slots = InlineArray<4_096, Atomic<UInt64>> { _ in Atomic(0) }
    /// Keeps others from choosing addresses that meet in one slot.
    private let seed = UInt64.random(in: .min ... .max)

    func insert(_ address: IPAddress, until second: UInt32) {
        let hash = address.hash(seed: seed)
        slots[Int(hash % UInt64(Self.slotCount))].store(hash & ~0xFFFF_FFFF | UInt64(second), ordering: .relaxed)
    }

    func contains(_ address: IPAddress, at second: UInt32) -> Bool {
        let hash = address.hash(seed: seed)
        let slot = slots[Int(hash % UInt64(Self.slotCount))].load(ordering: .relaxed)
        return slot >> 32 == hash >> 32 && UInt32(truncatingIfNeeded: slot) > second
    }
}

extension IPAddress {
    /// A hash that differs from process to process with `seed`; not for secrets.
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        var hash = (high ^ seed) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 32 ^ low) &* 0xD6E8_FEB8_6659_FD93
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ hash >> 32
    }
}
