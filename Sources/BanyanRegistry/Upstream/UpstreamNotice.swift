public import BanyanIndex
import HandleProtocol
import OpenSSL

/// Something that the upstream has told us, with what came of it. It is stored in the commit that does it, so that one
/// that is told again is known.
public struct UpstreamNotice: StoredDocument, Equatable {
    public static let kind = DocumentKind.notice

    /// What the upstream says of a prefix.
    public enum Content: Codable, Equatable, Sendable {
        /// Its review of an application.
        case review(isPassed: Bool, message: String)
        case suspension(message: String)
        case resumption(message: String)
        case revocation(message: String)
        /// Something that this program does not understand; kept for the operator.
        case unknown(String)
    }

    public enum Outcome: String, Codable, Sendable {
        case applied
        /// The prefix is not in a state for it, or not here.
        case passedOver
        case notUnderstood
    }

    /// As the upstream's queue numbers it.
    public var message: String
    public var prefix: String
    public var content: Content
    /// The transaction ids of the command that it answers, ours and the upstream's.
    public var client: String
    public var server: String
    public var outcome = Outcome.applied
    /// Why it was passed over.
    public var reason: String?
    /// Seconds since 1970.
    public var time: UInt64

    public init(message: String, prefix: String, content: Content, client: String, server: String) {
        self.message = message
        self.prefix = prefix
        self.content = content
        self.client = client
        self.server = server
        time = ChangeOrigin.now
    }

    /// A digest of all that the upstream has said: a queue that begins again from the first number tells other things
    /// under numbers that were there.
    public var documentName: String {
        let parts = [message, prefix, "\(content)", client, server]
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return String(decoding: Hex.encode(Digest.hash(Array(text.utf8), .sha256)), as: UTF8.self)
    }
}
