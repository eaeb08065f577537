import BanyanIndex
import HandleProtocol
import OpenSSL
import Synchronization

/// Who has signed in, by the token that he was given then. Kept in memory: a restart signs everybody out.
public final class SignedIn: Sendable {
    /// How long a token counts.
    public static let life = Duration.seconds(24 * 3_600)
    /// Tokens at a time; one more takes the place of the oldest.
    public static let countMax = 10_000

    private struct Entry {
        var name: String
        var until: ContinuousClock.Instant
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    public init() {}

    /// A new token for that account.
    public func admit(_ name: String, at now: ContinuousClock.Instant = .now) throws(AccountError) -> String {
        let text: String
        do throws(OpenSSLError) {
            text = String(decoding: Base64.encode(try Random.bytes(count: 32), .url), as: UTF8.self)
        } catch {
            throw .library(error)
        }
        entries.withLock { entries in
            if entries.count >= Self.countMax { entries = entries.filter { $0.value.until > now } }
            if entries.count >= Self.countMax, let oldest = entries.min(by: { $0.value.until < $1.value.until }) {
                entries[oldest.key] = nil
            }
            entries[Self.key(of: text)] = Entry(name: name, until: now + Self.life)
        }
        return text
    }

    /// The account's name; nil where the token is unknown or over.
    public func name(ofToken text: String, at now: ContinuousClock.Instant = .now) -> String? {
        let key = Self.key(of: text)
        return entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            guard entry.until > now else {
                entries[key] = nil
                return nil
            }
            return entry.name
        }
    }

    /// Ends every token of an account.
    public func dismiss(_ name: String) {
        entries.withLock { entries in entries = entries.filter { $0.value.name != name } }
    }

    /// Digests are compared, so that how long it takes tells nothing of a token.
    private static func key(of text: String) -> [UInt8] { Digest.hash(Array(text.utf8), .sha256) }
}
