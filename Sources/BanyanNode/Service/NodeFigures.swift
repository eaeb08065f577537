import BanyanAdmin
import BanyanIndex
import BanyanSync
import BanyanTransport
import Foundation

/// What a serving node says about itself: what it holds, and what its doors have counted since the start.
struct NodeFigures: Sendable {
    let index: HandleIndex
    let transport: NodeTransport
    let administration: AdminService
    let certificates: NodeCertificates
    let mirror: Mirror?
    let upstream: UpstreamLink?
    let archiver: Archiver?
    private let start = ContinuousClock.now

    init(
        index: HandleIndex, transport: NodeTransport, administration: AdminService, certificates: NodeCertificates,
        mirror: Mirror?, upstream: UpstreamLink?, archiver: Archiver?
    ) {
        self.archiver = archiver
        self.mirror = mirror
        self.upstream = upstream
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
            ("limitedNetworks", .object(transport.limitedNetworks.prefix(16).map { ($0.network, .count($0.count)) })),
            ("incompleteBytes", .count(transport.incompleteByteCount)),
            ("sessions", sessions),
            ("certificateExpiry", certificates.expiry.map { .count($0.second) } ?? .null),
            ("mirror", mirrorFigures),
            ("upstream", upstream.map { Self.figures(of: $0.status) } ?? .null),
            ("archive", archive),
        ])
    }

    /// How far the archive is behind the journal, and what it lacks; null where there is none.
    private var archive: JSONText {
        guard let figures = archiver?.figures else { return .null }
        let head = try? index.snapshot().journalHead().sequence
        return .object([
            ("sequence", .count(figures.sequence)),
            ("behind", .count(max(head ?? 0, figures.sequence) - figures.sequence)),
            ("missing", .count(figures.missing)),
            ("failures", .count(figures.failures)),
        ])
    }

    private var mirrorFigures: JSONText {
        guard let mirror else { return .null }
        return Self.figures(of: mirror.status)
    }

    /// How the node stands to its upstream.
    private static func figures(of status: UpstreamStatus) -> JSONText {
        let (state, reason): (String, String?) =
            switch status.state {
            case .connecting: ("connecting", nil)
            case .ready: ("ready", nil)
            case .busy: ("busy", nil)
            case .failed(let reason): ("failed", reason)
            }
        return .object([
            ("state", .string(state)), ("reason", reason.map { .string($0) } ?? .null),
            ("answeredAt", .count(status.answeredAt)), ("told", .count(status.toldCount)),
            ("refused", .count(status.refusedCount)), ("notices", .count(status.noticeCount)),
            ("failures", .count(status.failureCount)),
        ])
    }

    /// How a mirror stands to its primary.
    private static func figures(of status: MirrorStatus) -> JSONText {
        let now = UInt64(max(0, Date().timeIntervalSince1970) * 1_000)
        let (state, reason): (String, String?) =
            switch status.state {
            case .waiting(let reason): ("waiting", reason)
            case .seeding: ("seeding", nil)
            case .following: ("following", nil)
            case .refused(let reason): ("refused", reason)
            }
        let seconds: JSONText = status.secondsBehind(at: now).map { .number($0) } ?? .null
        let why: JSONText = reason.map { .string($0) } ?? .null
        return .object([
            ("state", .string(state)),
            ("reason", why),
            ("sequence", .count(status.sequence)),
            ("primarySequence", .count(status.primarySequence)),
            ("transactionsBehind", .count(status.transactionsBehind)),
            ("secondsBehind", seconds),
            ("refused", .count(status.refusedCount)),
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
