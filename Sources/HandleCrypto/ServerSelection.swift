public import HandleProtocol
public import OpenSSL

/// Which server of a site has a handle (RFC 3651 §3.2.2): the last four bytes of the MD5 of the folded prefix, local
/// name or whole handle, as a signed number without its sign, modulo the number of servers.
public enum ServerSelection {
    /// The position in the site's server list, from 0; 0 where there is none or one.
    public static func position(of handle: [UInt8], hashOption: HashOption, serverCount: Int) -> Int {
        guard serverCount > 1 else { return 0 }
        let part = hashOption.part(of: handle)
        return position(ofPart: part.rawSpan, serverCount: serverCount, using: DigestContext())
    }

    /// As above for the part that counts, already folded; allocates nothing.
    public static func position(ofPart part: RawSpan, serverCount: Int, using context: DigestContext) -> Int {
        let digest = context.digest(part, algorithm: .md5)
        return HashOption.position(
            lastDigestBytes: digest.bytes.bigEndianUInt32(at: digest.byteCount - 4), serverCount: serverCount)
    }
}
