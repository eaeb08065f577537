/// Bounds on what the protocol carries: bytes, counts. Each with its unit and its reason.
public enum Limits {
    /// Longest handle, in UTF-8 bytes: clients of the reference library refuse longer ones in answers.
    public static let handleByteCount = 2_048
    /// Longest prefix, in bytes: so the names under one prefix are one range of index keys.
    public static let prefixByteCount = 255
    /// Most values in one handle: clients refuse an answer with more.
    public static let valueCount = 2_048
    /// Largest message after the envelope, in bytes: what the reference accepts.
    public static let messageByteCount = 262_144
    /// All values of one handle in wire encoding, in bytes: so that every answer fits in one message.
    public static let recordByteCount = 259_072
    /// Largest length or count inside a body: the reference refuses more in an array.
    public static let arrayCount = 1_048_576
    /// Most indexes in one query: twice what a handle can have. Each is compared with each value.
    public static let requestedIndexCount = 4_096
    /// Most types in one query. Each is compared with each value, so this bounds what one question may cost.
    public static let requestedTypeCount = 256
    /// Message bytes in one datagram: 512 less the envelope (RFC 3652 §2.3).
    public static let fragmentByteCount = 492
    /// One datagram of ours: envelope and fragment.
    public static let datagramByteCount = Envelope.byteCount + fragmentByteCount
    /// Longest datagram that is read: Ethernet's 1,500 less IPv4 and UDP headers.
    public static let receivedDatagramByteCount = 1_472
    /// Longest message put together from fragments, in bytes.
    public static let assembledByteCount = 16_384
    /// Most messages that are being put together at a time.
    public static let assemblyCount = 1_024
    /// Of these from one address.
    public static let assemblyCountPerSource = 4
    /// Milliseconds from the first fragment on, after which a message is given up.
    public static let assemblyMilliseconds: UInt64 = 3_000
    /// Most datagrams of one answer to an address that has proven nothing: 25 times the question at most.
    public static let unprovenDatagramCount = 4
}
