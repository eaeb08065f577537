/// The flags of a message's operation (RFC 3652 §2.2.2.3, and three later ones). Unassigned bits are ignored and not
/// echoed.
public struct OpFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt32
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Request: bypass caches, ask a primary. Answer: the answering site is primary.
    public static let authoritative = OpFlags(rawValue: 0x8000_0000)
    /// Sign the answer.
    public static let certify = OpFlags(rawValue: 0x4000_0000)
    /// Encrypt the answer with the session's key.
    public static let encrypt = OpFlags(rawValue: 0x2000_0000)
    /// The server may ask others on the client's behalf. Set in every answer, as the reference does.
    public static let recursive = OpFlags(rawValue: 0x1000_0000)
    public static let cacheCertify = OpFlags(rawValue: 0x0800_0000)
    /// More messages of this answer follow.
    public static let continuous = OpFlags(rawValue: 0x0400_0000)
    public static let keepAlive = OpFlags(rawValue: 0x0200_0000)
    /// Only values that everyone may read.
    public static let publicOnly = OpFlags(rawValue: 0x0100_0000)
    /// The answer begins with a digest of the request.
    public static let requestDigest = OpFlags(rawValue: 0x0080_0000)
    /// Overwrite what exists; in an answer: something was overwritten.
    public static let overwrite = OpFlags(rawValue: 0x0040_0000)
    /// Make up a suffix.
    public static let mint = OpFlags(rawValue: 0x0020_0000)
    /// Do not answer with a referral.
    public static let doNotRefer = OpFlags(rawValue: 0x0010_0000)

    /// What an answer repeats of its request.
    public static let echoed: OpFlags = [.certify, .cacheCertify, .encrypt, .publicOnly, .doNotRefer]
    /// What the reference's client library sends by default, and every answer made before a request was understood.
    public static let usual: OpFlags = [.recursive, .cacheCertify, .publicOnly]
}
