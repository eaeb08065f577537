/// What one resolver has done since it was made. Counted by its own thread, added up by whoever reports.
public struct ResolverCounters: Equatable, Sendable {
    public var answered: UInt64 = 0
    public var handlesNotFound: UInt64 = 0
    public var valuesNotFound: UInt64 = 0
    public var notResponsible: UInt64 = 0
    public var referred: UInt64 = 0
    public var insufficientPermissions: UInt64 = 0
    public var siteInfo: UInt64 = 0
    public var protocolErrors: UInt64 = 0
    public var unsupported: UInt64 = 0
    public var dropped: UInt64 = 0
    public var handedOff: UInt64 = 0
    public var tooLong: UInt64 = 0
    /// Records that failed their checksum or could not be read: each is an answer of code 2.
    public var damaged: UInt64 = 0

    public init() {}

    public static func += (sum: inout ResolverCounters, other: ResolverCounters) {
        sum.answered &+= other.answered
        sum.handlesNotFound &+= other.handlesNotFound
        sum.valuesNotFound &+= other.valuesNotFound
        sum.notResponsible &+= other.notResponsible
        sum.referred &+= other.referred
        sum.insufficientPermissions &+= other.insufficientPermissions
        sum.siteInfo &+= other.siteInfo
        sum.protocolErrors &+= other.protocolErrors
        sum.unsupported &+= other.unsupported
        sum.dropped &+= other.dropped
        sum.handedOff &+= other.handedOff
        sum.tooLong &+= other.tooLong
        sum.damaged &+= other.damaged
    }
}
