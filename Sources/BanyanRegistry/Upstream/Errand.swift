import BanyanIndex
import Foundation

/// One thing that is to be told to the upstream. It stands in the outbox from the commit that caused it on, and names
/// what it is about: what is about persons is read when it is told, so that it never stands in the journal.
public struct Errand: Codable, Equatable, Sendable {
    public enum Matter: String, Codable, Sendable, CaseIterable {
        /// An enterprise applies for a prefix.
        case application
        /// Where the prefix is answered for, and who administers it.
        case configuration
        case suspension
        case resumption
        /// The prefix has come to its end.
        case removal
    }

    public var matter: Matter
    public var prefix: String
    /// The enterprise's number.
    public var enterprise: UInt64
    /// What the transaction ids of its commands begin with: the same whenever it is told again, and no other's, also
    /// after the index was restored to an earlier state.
    public var transaction: String
    /// Seconds since 1970.
    public var created: UInt64

    public init(_ matter: Matter, of contract: PrefixContract) {
        self.matter = matter
        prefix = contract.prefix
        enterprise = contract.enterprise
        let number = String(UInt64.random(in: UInt64.min...UInt64.max), radix: 16)
        transaction = String(repeating: "0", count: 16 - number.utf8.count) + number
        created = ChangeOrigin.now
    }

    var body: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers and texts alone: nothing of it can fail to be written.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    /// Nil for what no version of this program has written.
    init?(body: [UInt8]) {
        guard let errand = try? JSONDecoder().decode(Errand.self, from: Data(body)) else { return nil }
        self = errand
    }

    /// The change that puts it into the outbox, behind all that is there.
    public var posting: Change { .appendDocument(.outbox, body: body) }
}
