import BanyanAdmin
import BanyanIndex
import BanyanTransport

/// What a serving node says about itself: what it holds, and what its doors have counted since the start.
struct NodeFigures: Sendable {
    let index: HandleIndex
    let transport: NodeTransport
    let administration: AdminService
    let certificates: NodeCertificates
    private let start = ContinuousClock.now

    init(
        index: HandleIndex, transport: NodeTransport, administration: AdminService, certificates: NodeCertificates
    ) {
        self.index = index
        self.transport = transport
        self.administration = administration
        self.certificates = certificates
    }

    var json: JSONText {
        let events = TransportEvent.allCases.map { ($0.name, JSONText.count(transport.counters[$0])) }
        return .object([
            ("pid", .count(SystemProcess.identifier)),
            ("uptimeSeconds", .count(start.duration(to: .now).components.seconds)),
            ("events", .object(events)),
            ("sessions", sessions),
            ("certificateExpiry", certificates.expiry.map { .count($0.second) } ?? .null),
        ])
    }

    private var sessions: JSONText {
        let figures = administration.sessionFigures
        return .object([
            ("open", .count(figures.sessionsOpen)),
            ("setUp", .count(figures.sessionsSetUp)),
            ("withOldCipher", .count(figures.sessionsWithOldCipher)),
            ("refused", .count(figures.setUpsRefused)),
            ("messagesRefused", .count(figures.messagesRefused)),
            ("logins", .count(figures.logins)),
            ("loginsFailed", .count(figures.loginsFailed)),
        ])
    }
}
