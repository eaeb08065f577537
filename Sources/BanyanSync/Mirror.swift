internal import BanyanIndex
public import BanyanRegistry
public import HandleClient
internal import HandleProtocol
public import Logging
public import OpenSSL

/// Whom a mirror follows, and how.
public struct MirrorConfiguration: Sendable {
    /// By which protocol a primary is followed.
    public enum Kind: String, Sendable {
        /// Our own.
        case node = "banyan"
        /// The reference's, which our own nodes speak as well.
        case reference = "handle"
    }

    public var primary: ServerAddress
    /// Who we are to the primary: one who may replicate.
    public var authentication: ClientAuthentication
    /// The primary's, as its site record has it.
    public var primaryKey: PublicKey
    /// Whether a stream that is signed, and not encrypted, is taken.
    public var allowsClear = false
    /// What the primary is; nil: whatever it answers as.
    public var kind: Kind?
    /// How often a primary of the reference's kind is asked.
    public var interval: Duration = .seconds(30)
    /// How long the primary may say nothing in the middle of a stream, in seconds.
    public var silenceMax: Int64 = 30

    public init(primary: ServerAddress, authentication: ClientAuthentication, primaryKey: PublicKey) {
        self.primary = primary
        self.authentication = authentication
        self.primaryKey = primaryKey
    }
}

/// Follows a primary for as long as its task runs: fetches everything where nothing is here or the primary's log does
/// not reach back, follows the log, and begins anew after each failure, with growing pauses.
///
/// A primary of our kind is asked first as such; one that does not understand is of the reference's kind.
public final class Mirror: Sendable {
    private typealias Kind = MirrorConfiguration.Kind

    private let configuration: MirrorConfiguration
    private let store: MirrorStore
    private let board = MirrorStatusBoard()
    private let logger: Logger

    public init(_ configuration: MirrorConfiguration, registrar: Registrar, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        store = MirrorStore(registrar: registrar, source: "mirror \(configuration.primary)")
    }

    public var status: MirrorStatus { board.status }

    /// Runs until the task is cancelled.
    public func run() async {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var kind = configuration.kind
        while !Task.isCancelled {
            var pause: Duration
            do {
                guard try store.read({ (snapshot) throws(IndexError) in try snapshot.isMirror() }) else {
                    return await watch()
                }
                pause = try await attempt(&kind, &backoff)
            } catch {
                guard !Task.isCancelled else { return }
                pause = backoff.wait(using: &generator)
                tell(of: error, pause)
            }
            if pause > .zero { try? await Task.sleep(for: pause) }
        }
    }

    /// This node was made the primary: it tells the one that it followed, whenever that can be reached, that there has
    /// been a promotion, so that the other steps down.
    private func watch() async {
        board.change { $0.state = .waiting("this node is the primary") }
        while !Task.isCancelled {
            do {
                let position = try store.position(follows: false)
                let request = TransactionsRequest(known: .journal(position), mirror: try self.position())
                try await replication.stream(of: .transactions(request)) { reader in
                    _ = try await reader.nextHeader()
                }
            } catch {
                logger.debug("the former primary cannot be told", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    private static let watchInterval: Duration = .seconds(5)

    /// Fetches what the primary has by now, and returns; fails where `run` would try again.
    public func catchUp() async throws {
        var kind = configuration.kind
        var backoff = Backoff()
        _ = try await attempt(&kind, &backoff, follows: false)
    }

    /// One conversation with the primary; how long to wait before the next.
    private func attempt(
        _ kind: inout Kind?, _ backoff: inout Backoff, follows: Bool = true
    ) async throws -> Duration {
        let mirror = try position()
        if kind != .reference {
            do {
                try await followNode(mirror, &kind, &backoff, follows)
            } catch let refusal as ReplicationRefusal where kind == nil && refusal.isOfReference {
                kind = .reference
            }
        }
        guard kind == .reference else { return .zero }
        try await followReference(mirror)
        backoff.reset()
        return configuration.interval
    }

    private func followNode(
        _ mirror: MirrorPosition, _ kind: inout Kind?, _ backoff: inout Backoff, _ follows: Bool
    ) async throws {
        let seeding = NodeSeeding(
            replication: replication, store: store, board: board, allowsClear: configuration.allowsClear,
            mirror: mirror)
        let isFilled = try store.read { (snapshot) throws(IndexError) in
            let head = try snapshot.journalHead()
            return try snapshot.seedProgress() == nil ? head.sequence > 0 : false
        }
        if !isFilled { try await seeding.run() }
        let following = NodeFollowing(
            replication: replication, store: store, board: board, allowsClear: configuration.allowsClear,
            mirror: mirror, follows: follows)
        do {
            var hasBegun = false
            defer { if hasBegun { (kind, backoff) = (.node, Backoff()) } }
            try await following.run {
                hasBegun = true
                board.change { $0.state = .following }
                logger.info("following the primary", metadata: ["primary": "\(configuration.primary)"])
            }
        } catch MirrorError.dumpNeeded {
            logger.warning("the primary's log does not reach back to what is here: everything is fetched")
            try await seeding.run()
        }
    }

    private func followReference(_ mirror: MirrorPosition) async throws {
        let seeding = ReferenceSeeding(
            replication: replication, store: store, board: board, allowsClear: configuration.allowsClear,
            mirror: mirror, logger: logger)
        let following = ReferenceFollowing(
            replication: replication, store: store, board: board, allowsClear: configuration.allowsClear,
            mirror: mirror, logger: logger)
        let isBroken = try store.read { (snapshot) throws(IndexError) in
            try snapshot.setting(ReferencePlace.seedSetting) != nil
        }
        if isBroken { try await seeding.run() }
        let place = try ReferencePlace.load(from: store.registrar) ?? ReferencePlace(transactionID: 0, date: 0)
        do {
            try await following.ask(after: place)
        } catch MirrorError.dumpNeeded {
            logger.info("fetching everything", metadata: ["primary": "\(configuration.primary)"])
            try await seeding.run()
            guard let place = try ReferencePlace.load(from: store.registrar) else { throw MirrorError.malformedStream }
            try await following.ask(after: place)
        }
        board.change { $0.state = .following }
    }

    private var replication: Replication {
        var replication = Replication(
            server: configuration.primary, authentication: configuration.authentication,
            serverKey: configuration.primaryKey)
        replication.silenceMax = configuration.silenceMax
        return replication
    }

    /// Which share of the handles we want: that of our place in our own site.
    private func position() throws(MirrorError) -> MirrorPosition {
        try store.read { (snapshot) throws(IndexError) in
            let site = snapshot.site
            return MirrorPosition(
                hashOption: HashOption(rawValue: site.hashOption.rawValue),
                serverCount: UInt32(max(1, site.serverCount)), position: UInt32(max(0, site.serverPosition)))
        }
    }

    private func tell(of error: any Error, _ pause: Duration) {
        let isFinal = (error as? MirrorError)?.isFinal ?? false
        board.change { $0.state = isFinal ? .refused("\(error)") : .waiting("\(error)") }
        let metadata: Logger.Metadata = [
            "primary": "\(configuration.primary)", "error": "\(error)", "again": "\(pause)",
        ]
        if isFinal {
            logger.critical("the primary is not followed", metadata: metadata)
        } else {
            logger.warning("the primary cannot be followed now", metadata: metadata)
        }
    }
}
