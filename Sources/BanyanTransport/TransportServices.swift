public import BanyanAdmin
import BanyanIndex
public import BanyanResolver
import HandleProtocol
import Logging
import Synchronization
import TLSChannel

/// Answers what the resolver hands off: `AdminService.answer`. Called from the pool's threads, and may block; the
/// answer may come later from another thread. nil is silence.
public typealias Administration =
    @Sendable (
        _ request: [UInt8], _ peer: Peer, _ transport: TransportKind,
        _ completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) -> Void

/// The same for what takes microseconds, on an event loop: `AdminService.answerQuickly`. False: not taken.
public typealias QuickAdministration =
    @Sendable (
        _ request: [UInt8], _ peer: Peer, _ resume: @escaping AdminService.Resumption,
        _ completion: @escaping @Sendable (AdminAnswer?) -> Void
    ) -> Bool

/// Told when a connection has closed and nothing of it is in work: what belonged to its number may be forgotten.
public typealias ConnectionEnd = @Sendable (_ number: UInt64) -> Void

/// What all doors share. Everything in it may be used from any thread.
final class TransportServices: Sendable {
    private let current: Mutex<TransportConfiguration>
    /// Rises when the configuration has changed.
    let generation = Atomic<UInt64>(0)
    let index: HandleIndex
    private let changes: ChangeNumbers?
    let administration: Administration
    let quickAdministration: QuickAdministration?
    let connectionClosed: ConnectionEnd
    /// The certificate for the doors with TLS.
    let certificate: CertificateReload?
    let pool: HandOffQueue
    let connectionTable: ConnectionTable
    let proven = ProvenAddresses()
    let unproven = UnprovenShare()
    let limiter: SharedRateLimiter
    let incomplete: IncompleteMessages
    let counters = TransportCounters()
    let isStopping = Atomic(false)
    private let logger: Logger
    private let resolved = Mutex(ResolverCounters())
    /// The second in which a fault was last told of: one that repeats itself is one line a second.
    private let faultSecond = Atomic<UInt32>(0)

    init(
        configuration: TransportConfiguration, index: HandleIndex, changes: ChangeNumbers?,
        administration: @escaping Administration, quickAdministration: QuickAdministration?,
        connectionClosed: @escaping ConnectionEnd, certificate: CertificateReload?, logger: Logger
    ) {
        current = Mutex(configuration)
        self.index = index
        self.changes = changes
        self.administration = administration
        self.quickAdministration = quickAdministration
        self.connectionClosed = connectionClosed
        self.certificate = certificate
        self.logger = logger
        connectionTable = ConnectionTable(most: configuration.connectionCount)
        limiter = SharedRateLimiter(configuration.rates)
        incomplete = IncompleteMessages(byteCountMax: configuration.incompleteByteCount)
        pool = HandOffQueue(threadCount: configuration.poolThreadCount)
    }

    var configuration: TransportConfiguration { current.withLock { $0 } }

    /// Takes from `configuration` what may change while the doors are open.
    func reload(_ configuration: TransportConfiguration) {
        current.withLock { $0.takeChangeable(of: configuration) }
        limiter.setRates(configuration.rates)
        generation.wrappingAdd(1, ordering: .releasing)
    }

    /// Who answers with a resolver.
    enum Door { case datagrams, streams, secureStreams }

    /// A resolver for one more thread, with its share of the table's memory: three fourths are the datagram workers',
    /// one fourth is the stream workers'. Inside TLS ciphers cost so much more than a look-up that there is no table.
    func makeResolver(for door: Door) -> Resolver {
        let configuration = configuration
        let workers = max(1, configuration.workerCount)
        let share =
            switch door {
            case .datagrams: configuration.tableByteCount / 4 * 3 / workers / max(1, configuration.listen.count)
            case .streams: configuration.tableByteCount / 4 / workers
            case .secureStreams: 0
            }
        return Resolver(changes: changes, tableByteCount: share)
    }

    /// What all resolvers have done.
    var resolverCounters: ResolverCounters { resolved.withLock { $0 } }

    /// Adds what `resolver` counted, tells of a record that it could not read, and lets it begin anew.
    func collect(from resolver: inout Resolver, at now: UInt32) {
        let counters = resolver.takeCounters()
        resolved.withLock { $0 += counters }
        if let key = resolver.takeDamagedKey() {
            report("a record cannot be read", ["key": "\(String(decoding: key.prefix(256), as: UTF8.self))"], at: now)
        }
    }

    func report(_ error: IndexError, at now: UInt32) {
        report("the index cannot be read", ["error": "\(error)"], at: now)
    }

    /// Logs a fault, at most once a second.
    private func report(_ fault: Logger.Message, _ metadata: Logger.Metadata, at now: UInt32) {
        guard faultSecond.exchange(now, ordering: .relaxed) != now else { return }
        logger.error(fault, metadata: metadata)
    }
}
