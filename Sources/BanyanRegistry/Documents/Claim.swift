public import BanyanIndex

/// Says whose something is that only one may have: an address for mail, a telephone number, a company's code. Of what
/// it is only a keyed digest is kept.
public struct Claim: StoredDocument, Equatable {
    public static let kind = DocumentKind.claim

    var digest: String
    /// Whose it is.
    public var owner = ""

    public init(digest: String) { self.digest = digest }

    public var documentName: String { digest }

    /// Takes it for `owner`; refused where somebody has it.
    public func taking(for owner: String) -> [Change] {
        var taken = self
        taken.owner = owner
        return taken.creation()
    }
}
