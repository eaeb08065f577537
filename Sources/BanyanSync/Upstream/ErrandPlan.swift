/// What an errand tells, with all that is needed for it.
public enum ErrandPlan: Equatable, Sendable {
    case application(EnterpriseApplication)
    case configuration(EPPIdentifier)
    case suspension(name: String)
    case resumption(name: String)
    case removal(name: String)
}

/// An enterprise's application for a prefix, as it goes to the upstream.
public struct EnterpriseApplication: Equatable, Sendable {
    /// As whom we know enterprises at the upstream: `shrUserId`.
    public var user: String
    /// Our own prefix: `shrPrefix`.
    public var nodePrefix: String
    public var prefix: String
    /// 1: unified social credit code, 3: other.
    public var certificateType: Int
    public var enterprise: EPPEnterprise

    public init(
        user: String, nodePrefix: String, prefix: String, certificateType: Int, enterprise: EPPEnterprise
    ) {
        self.user = user
        self.nodePrefix = nodePrefix
        self.prefix = prefix
        self.certificateType = certificateType
        self.enterprise = enterprise
    }
}
