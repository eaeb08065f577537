/// Types of values: names that the Handle System gives a meaning to, and how a request's type matches (RFC 3651 §3.1).
public enum ValueType {
    public static let administrator = Array("HS_ADMIN".utf8)
    public static let valueList = Array("HS_VLIST".utf8)
    public static let site = Array("HS_SITE".utf8)
    public static let siteVersion6 = Array("HS_SITE.6".utf8)
    public static let prefixSite = Array("HS_SITE.PREFIX".utf8)
    public static let prefixDelegate = Array("HS_NA_DELEGATE".utf8)
    public static let service = Array("HS_SERV".utf8)
    public static let prefixService = Array("HS_SERV.PREFIX".utf8)
    public static let publicKey = Array("HS_PUBKEY".utf8)
    public static let secretKey = Array("HS_SECKEY".utf8)
    public static let alias = Array("HS_ALIAS".utf8)
    public static let namespace = Array("HS_NAMESPACE".utf8)

    /// Whether a value of `type` is meant by a request for `requested`: equal but for ASCII case, or, when `requested`
    /// ends in a dot, equal to what stands before the dot or below it. Nothing matches an empty request or a lone dot.
    @inlinable
    public static func matches(requested: RawSpan, type: RawSpan) -> Bool {
        let count = requested.byteCount
        guard count > 0 else { return false }
        guard requested.byte(at: count &- 1) == UInt8(ascii: ".") else {
            return HandleCase.areEqual(requested, type)
        }
        let stem = count &- 1
        guard stem > 0, type.byteCount == stem || type.byteCount >= count else { return false }
        // Behind the stem stands the type's end, or the dot that the request ends in.
        for offset in 0..<min(count, type.byteCount)
        where HandleCase.fold(requested.byte(at: offset)) != HandleCase.fold(type.byte(at: offset)) {
            return false
        }
        return true
    }

    /// What the bytes of a value of this type are, for forms that show them.
    enum Content {
        case administrator, valueList, site, publicKey, plain
    }

    static func content(of type: RawSpan) -> Content {
        guard type.byteCount > 3, HandleCase.fold(type.byte(at: 0)) == UInt8(ascii: "H") else { return .plain }
        if type.equalsIgnoringCase("HS_ADMIN") { return .administrator }
        if type.equalsIgnoringCase("HS_VLIST") { return .valueList }
        if type.equalsIgnoringCase("HS_PUBKEY") { return .publicKey }
        if type.equalsIgnoringCase("HS_SITE") || type.equalsIgnoringCase("HS_SITE.PREFIX")
            || type.equalsIgnoringCase("HS_NA_DELEGATE")
        {
            return .site
        }
        return .plain
    }
}
