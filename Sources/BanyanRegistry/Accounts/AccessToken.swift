public import BanyanIndex
import HandleProtocol
public import OpenSSL

/// What a program shows in place of name and password: `bny_`, a public part, an underscore, a secret part. Only the
/// digest is kept, so nobody can show the token again.
public struct AccessToken: StoredDocument, Equatable {
    public static let kind = DocumentKind.token
    /// What every token begins with, so that one that has leaked is found.
    public static let mark = "bny_"

    /// The public part: 12 hexadecimal digits.
    public var identifier: String
    public var role: Role
    /// Folded, without `0.NA/`.
    public var prefixes: [String]
    /// Empty: all that the role allows.
    public var operations: [AccessOperation]
    /// Seconds since 1970; nil: never.
    public var expires: UInt64?
    /// Networks that it may be used from, in CIDR form; empty: any.
    public var networks: [String]
    /// Seconds since 1970.
    public var created: UInt64

    public var documentName: String { identifier }

    public var principal: Principal {
        Principal(
            name: Self.mark + identifier, role: role, prefixes: prefixes,
            operations: operations.isEmpty ? nil : Set(operations))
    }

    /// A new token, and its text, which is not kept.
    public static func make(
        role: Role, prefixes: [String], operations: [AccessOperation], expires: UInt64?, networks: [String],
        created: UInt64
    ) throws(OpenSSLError) -> (token: AccessToken, text: String) {
        let identifier = String(decoding: Hex.encode(try Random.bytes(count: 6)), as: UTF8.self)
        let secret = String(decoding: Base64.encode(try Random.bytes(count: 32), .url), as: UTF8.self)
        let token = AccessToken(
            identifier: identifier, role: role, prefixes: prefixes, operations: operations, expires: expires,
            networks: networks, created: created)
        return (token, "\(mark)\(identifier)_\(secret)")
    }

    /// What is kept of the text.
    public static func digest(of text: String) -> [UInt8] { Digest.hash(Array(text.utf8), .sha256) }

    /// The public part of a text; nil where it is no token.
    static func identifier(in text: String) -> String? {
        guard text.utf8.count < 128, text.hasPrefix(mark) else { return nil }
        let parts = text.dropFirst(mark.count).split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == 12, Hex.decode(Array(parts[0].utf8)) != nil else { return nil }
        return String(parts[0])
    }
}

extension IndexSnapshot {
    /// Who has that token, unless it has expired or is shown from elsewhere.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970.
    ///   - isFrom: whether whoever shows it is in a network in CIDR form.
    public func principal(
        ofToken text: String, at time: UInt64, isFrom: (String) -> Bool
    ) throws(IndexError) -> Principal? {
        guard let identifier = AccessToken.identifier(in: text),
            let stored = try stored(AccessToken.self, identifier),
            AccessToken.digest(of: text).isEqualInConstantTime(to: stored.secret)
        else { return nil }
        let token = stored.value
        if let expires = token.expires, expires <= time { return nil }
        guard token.networks.isEmpty || token.networks.contains(where: isFrom) else { return nil }
        return token.principal
    }
}
