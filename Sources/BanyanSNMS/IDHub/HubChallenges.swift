import BanyanRegistry
import OpenSSL
import Synchronization

/// Numbers that applications were asked to sign: for a minute, for one right answer. An application has a few at a time,
/// so that whoever asks in its name does not take away what it is about to sign.
final class HubChallenges: Sendable {
    static let life = Duration.seconds(60)
    /// Applications at a time; one more takes the place of the oldest.
    static let countMax = 10_000
    /// Numbers of one application.
    static let perApplicationMax = 16

    private struct Entry {
        var nonce: String
        var until: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: [Entry]]>([:])

    /// A number of at least 18 digits: clients take it for a text.
    func make(for handle: String, at now: ContinuousClock.Instant = .now) throws(OpenSSLError) -> String {
        let number = try Random.bytes(count: 8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let nonce = String(number | 1 << 63)
        entries.withLock { entries in
            if entries.count >= Self.countMax { entries = entries.filter { ($0.value.last?.until ?? now) > now } }
            if entries.count >= Self.countMax, let oldest = entries.min(by: { Self.end($0.value) < Self.end($1.value) })
            {
                entries[oldest.key] = nil
            }
            let kept = (entries[handle] ?? []).filter { $0.until > now }.suffix(Self.perApplicationMax - 1)
            entries[handle] = kept + [Entry(nonce: nonce, until: now + Self.life)]
        }
        return nonce
    }

    /// Whether one of the numbers that the application was asked to sign satisfies `isSigned`; that one is used up.
    func take(for handle: String, at now: ContinuousClock.Instant = .now, _ isSigned: (String) -> Bool) -> Bool {
        let waiting = entries.withLock { $0[handle] ?? [] }
        guard let entry = waiting.first(where: { $0.until > now && isSigned($0.nonce) }) else { return false }
        return entries.withLock { entries in
            guard let position = entries[handle]?.firstIndex(where: { $0.nonce == entry.nonce }) else { return false }
            entries[handle]?.remove(at: position)
            return true
        }
    }

    private static func end(_ entries: [Entry]) -> ContinuousClock.Instant { entries.last?.until ?? .now }
}
