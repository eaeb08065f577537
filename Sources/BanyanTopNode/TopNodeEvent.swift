public import BanyanSync

/// Something that happened at the top-level node. The log is a list of these, and the register is what they add up to.
public enum TopNodeEvent: Codable, Equatable, Sendable {
    case enterpriseCreated(number: String, certificate: String, name: String)
    case enterpriseReplaced(number: String, name: String)
    case enterpriseChanged(number: String)
    case prefixCreated(prefix: String, enterprise: String, client: String, server: String)
    case decided(prefix: String, isPassed: Bool)
    case messageQueued(TopNodeMessage)
    case messageTaken(id: String)
    case identifierSet(EPPIdentifier)
    case identifierDeleted(name: String)
}

/// A message that waits in the client's queue.
public struct TopNodeMessage: Codable, Equatable, Sendable {
    public var id: String
    public var prefix: String
    public var enterprise: String
    /// The transaction ids of the command that it answers.
    public var client: String
    public var server: String
    public var state: Int
    public var auditResult: Int?
    public var text: String

    var notice: EPPPrefixNotice {
        var notice = EPPPrefixNotice(prefix: prefix)
        notice.clientTransaction = client
        notice.serverTransaction = server
        notice.enterprise = enterprise
        notice.state = state
        notice.auditResult = auditResult
        notice.message = text
        return notice
    }
}
