import BanyanAdmin
import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import BanyanSync
import BanyanTransport
import HandleProtocol
import Logging
import OpenSSL
import ServiceLifecycle
import UnixSignals

/// One running node. Start: settings, keys, store, control socket, doors; stop in the opposite order, so that nothing
/// that is taken in finds the store closed.
public struct Node: Sendable {
    /// From SIGTERM to the end, at most.
    static let stopTimeout: Duration = .seconds(5)

    private let directory: NodeDirectory
    private let configuration: Configuration
    private let read: @Sendable () throws -> Configuration
    private let readyFile: String?
    private let logger = Logger(label: "banyan")

    /// - Parameters:
    ///   - read: gives the settings, at the start and again when the node is told to reload.
    ///   - readyFile: written when every listener answers.
    public init(
        directory: NodeDirectory, readyFile: String? = nil,
        settings read: @escaping @Sendable () throws -> Configuration
    ) throws {
        self.directory = directory
        self.read = read
        configuration = try read()
        self.readyFile = readyFile
    }

    /// Serves until SIGTERM or SIGINT. Throws `NodeError` or `TransportError` when it cannot begin.
    public func run() async throws {
        // Told to reload before it is ready, a node is not ended by it.
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        try directory.requireNode()
        try directory.checkKeys()
        let certificates = try NodeCertificates(directory, configuration)
        certificates.warn(logger)
        let httpSettings = try configuration.http(certificate: certificates.https)
        let serverKey = try PrivateKeyStore.key(inFile: directory.serverKeyPath)
        let current = CurrentSettings(configuration, streamTLS: StreamTLS.around(streamsOf: serverKey))
        let settings = current.transport
        // The seed keeps those who register names from choosing which of them meet in the table.
        let changes =
            settings.tableByteCount > 0 ? ChangeNumbers(seed: UInt64.random(in: UInt64.min...UInt64.max)) : nil
        let registrar = try directory.openRegistrar(mapByteCount: configuration.mapByteCount, observer: changes)
        if directory.needsLook { logger.notice("the last node here ended without taking leave") }
        try directory.servingMark.set()
        let administration = administration(registrar, signingKey: serverKey, current)
        try warnOfUnadvertisedPorts(registrar.index)
        let transport = NodeTransport(
            settings, index: registrar.index, changes: changes, administration: administration.answer,
            quickAdministration: administration.answerQuickly, connectionClosed: administration.connectionClosed,
            certificate: certificates.handle, logger: logger)
        let registers = httpSettings.listeners.isEmpty ? nil : try Registers(registrar, directory)
        let registerDoors = try registers?.doors(registrar, configuration) ?? []
        let mirror = try mirror(registrar)
        let upstream = try Self.upstream(configuration, registrar, directory)
        let archiver = archiver(of: registrar.index)
        let figures = NodeFigures(
            index: registrar.index, transport: transport, administration: administration, certificates: certificates,
            mirror: mirror, upstream: upstream, archiver: archiver)
        let commands = ControlCommands(
            registrar: registrar, figures: { figures.json }, mirrorStatus: { mirror?.status })
        let control = try ControlServer(path: directory.controlPath, answer: commands.answer)
        let addresses = try await start(transport, beside: control)
        let httpFigures = HTTPFigures()
        let metrics = NodeMetrics(
            registrar: registrar, transport: transport, administration: administration, http: httpFigures)
        // The proxy, which takes every path, is last.
        let doors = registerDoors + httpDoors(registrar, administration, metrics)
        let http = HTTPService(httpSettings, doors: doors, figures: httpFigures, logger: logger)
        var services: [any Service] = [
            HeldService {
                registrar.close()
                if !registrar.isReadOnly { directory.servingMark.clear() }
            },
            Housekeeping(
                registrar: registrar, journalDays: { current.configuration.journalDays }, certificates: certificates,
                logger: logger),
            PersonalDataRemoval(registers: registers, days: configuration.personalDataDays, logger: logger),
            MirrorService(mirror: mirror),
            UpstreamService(link: upstream),
            HeldService { control.close(timeout: .seconds(1)) },
            HeldService {
                administration.endStreams()
                await transport.drain(within: .seconds(3))
            },
            http,
            Reload(
                signals: reloads, read: read, started: configuration, settings: current, certificates: certificates,
                transport: transport, logger: logger),
            Readiness(
                addresses: addresses, http: http,
                httpsCount: certificates.https == nil ? 0 : configuration.httpsListen.count, readyFile: readyFile,
                logger: logger),
        ]
        if let archiver { services.insert(archiver, at: 0) }
        try await serve(services)
    }

    /// Runs the services until a signal ends them, the last of them first.
    private func serve(_ services: [any Service]) async throws {
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        group.maximumGracefulShutdownDuration = Self.stopTimeout
        group.maximumCancellationDuration = .seconds(1)
        try await ServiceGroup(configuration: group).run()
        logger.info("stopped")
    }

    /// A mirror's journal is its primary's, and archived there.
    private func archiver(of index: HandleIndex) -> Archiver? {
        guard configuration.mirrorPrimary == nil else { return nil }
        return configuration.archiveDirectory.map { Archiver(JournalArchive($0), index: index, logger: logger) }
    }

    private func administration(
        _ registrar: Registrar, signingKey: PrivateKey?, _ current: CurrentSettings
    ) -> AdminService {
        let administration = AdminService(
            registrar: registrar, signingKey: signingKey, ciphers: configuration.ciphers,
            isExempt: { current.transport.isExempt($0) },
            remote: RemoteAuthorityClient(servers: configuration.authorityServers),
            encryptsStreams: current.transport.streamTLS != nil, primary: configuration.mirrorPrimary?.description,
            logger: logger)
        if !administration.hasKeyOfSite {
            logger.warning(
                "the site record has another key for this server than keys/server.pem: no client can verify its answers"
            )
        }
        return administration
    }

    private func start(
        _ transport: NodeTransport, beside control: ControlServer
    ) async throws -> NodeTransport.BoundAddresses {
        do {
            return try await transport.start()
        } catch {
            control.close(timeout: .zero)
            directory.servingMark.clear()
            throw error
        }
    }

    private func httpDoors(
        _ registrar: Registrar, _ administration: AdminService, _ metrics: NodeMetrics
    ) -> [any HTTPDoor] {
        let api = HandleAPIDoor(administration: administration, index: registrar.index)
        return [
            HealthDoor(checks: [
                .init("store") { registrar.isReadOnly ? "nothing is written since a write failed" : nil },
                .init("index") { (try? registrar.index.snapshot()) == nil ? "cannot be read" : nil },
            ]),
            MetricsDoor(index: registrar.index) { metrics.families },
            api,
            ReverseLookupDoor(api),
            NativeDoor(administration: administration, next: ProxyDoor(administration: administration)),
        ]
    }

    /// What follows the primary, where this node is a mirror.
    private func mirror(_ registrar: Registrar) throws(NodeError) -> Mirror? {
        let configured = try configuration.mirror(in: directory)
        let isMirror: Bool
        do throws(IndexError) { isMirror = try registrar.index.snapshot().isMirror() } catch { throw .index(error) }
        guard let configured else {
            if isMirror { logger.warning("this node is a mirror, and mirror.primary is not set: it follows nobody") }
            return nil
        }
        return Mirror(configured, registrar: registrar, logger: Logger(label: "banyan.mirror"))
    }

    /// The lifecycle library tells of every step; only what goes wrong is of interest here.
    private var quietLogger: Logger {
        var logger = Logger(label: "banyan.lifecycle")
        logger.logLevel = .warning
        return logger
    }

    /// Says so when the site record sends clients to other ports than those that are listened on: moved behind a
    /// forwarder, or forgotten.
    private func warnOfUnadvertisedPorts(_ index: HandleIndex) throws(NodeError) {
        let ports: Set<UInt32>
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            guard let site = try? Site(parsing: snapshot.siteRecord) else { return }
            let position = snapshot.site.serverPosition
            guard site.servers.indices.contains(position) else { return }
            ports = Set(site.servers[position].interfaces.map(\.port))
        } catch {
            throw .index(error)
        }
        let listened = configuration.listen.map(\.port).filter { $0 != 0 }
        guard !listened.isEmpty, listened.allSatisfy({ !ports.contains(UInt32($0)) }) else { return }
        logger.warning(
            "no port that is listened on stands in the site record; see: banyan site show",
            metadata: ["listen": "\(configuration.listen)"])
    }
}

/// Something that was opened before the group began, and is closed in the group's order.
private struct HeldService: Service {
    let close: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}

/// Tells everyone that the node answers, as soon as signals are caught, and that it stops.
private struct Readiness: Service {
    let addresses: NodeTransport.BoundAddresses
    let http: HTTPService
    /// How many of its listeners, the last ones, have TLS.
    let httpsCount: Int
    let readyFile: String?
    let logger: Logger

    func run() async throws {
        guard let endpoints = await http.boundEndpoints() else {
            // The listener itself tells what is wrong; it ends the group.
            try? await gracefulShutdown()
            return
        }
        let (clear, secure) = (Array(endpoints.dropLast(httpsCount)), Array(endpoints.suffix(httpsCount)))
        if let readyFile { try ReadyFile.write(addresses, http: clear, https: secure, to: readyFile) }
        ServiceManagerNotice.ready.send()
        logger.info(
            "serving",
            metadata: [
                "udp": "\(addresses.udp)", "tcp": "\(addresses.tcp)", "tls": "\(addresses.tls)", "http": "\(clear)",
                "https": "\(secure)",
            ])
        try? await gracefulShutdown()
        ServiceManagerNotice.stopping.send()
        if let readyFile { try? SystemFile.remove(readyFile) }
    }
}
