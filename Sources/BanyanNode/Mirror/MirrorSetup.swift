import BanyanIndex
import BanyanRegistry
import BanyanSync
public import BanyanTransport
public import HandleClient
import HandleCrypto
public import HandleProtocol
import OpenSSL

/// Makes a mirror out of nothing: what `banyan mirror init` does. It asks the primary for its site record, and for what
/// its journal is chained with, which proves that the primary lets this mirror in. All or nothing.
public struct MirrorSetup: Sendable {
    public var directory: NodeDirectory
    public var primary: Endpoint
    /// Who the mirror is to the primary.
    public var authentication: ClientAuthentication
    /// Where the mirror will listen; none given: as usual.
    public var listen: [Endpoint] = []
    /// What clients reach; none given: where it listens.
    public var advertised: [Endpoint] = []
    /// Whether the primary's stream may be only signed.
    public var allowsClear = false
    /// How the primary is followed: a value of the setting `mirror.protocol`.
    public var protocolName = "auto"
    /// Files with the site record and the private key of the server that is to be continued here; none: this node's
    /// own are made.
    public var siteFile: String?
    public var serverKeyFile: String?
    /// The server's administrators, which a Banyan node tells and a Handle server does not.
    public var administrators: [ValueReference] = []

    /// What has been made, and what the operator should know of it.
    public struct Report: Sendable {
        public var keyPaths: [String] = []
        public var warnings: [String] = []
        /// Of the primary's public key: to be compared with what its operator says.
        public var primaryKeyDigest: [UInt8] = []
        /// Whether the primary is a node of our kind.
        public var isNode = false
    }

    public init(directory: NodeDirectory, primary: Endpoint, authentication: ClientAuthentication) {
        self.directory = directory
        self.primary = primary
        self.authentication = authentication
    }

    public func run() async throws -> Report {
        guard !directory.hasNode else { throw NodeError.exists(directory.path) }
        let address = ServerAddress(host: "\(primary.address)", port: Int(primary.port))
        let site = try await PrimaryInquiry.site(of: address)
        let primaryKey = try PrimarySite.key(of: primary, in: site, path: "the primary's site record")
        let replication = Replication(server: address, authentication: authentication, serverKey: primaryKey)
        let algorithm = protocolName == "handle" ? nil : try await PrimaryInquiry.chainAlgorithm(of: replication)
        guard algorithm == nil || administrators.isEmpty else {
            throw NodeError.argument("administrators", accepted: "none: a Banyan node tells who administers it")
        }
        var report = Report()
        report.isNode = algorithm != nil
        report.primaryKeyDigest = Digest.hash(try PublicKeyRecord(primaryKey).bytes, .sha256)
        return try make(site, algorithm ?? .sha256, report)
    }

    private func make(_ site: Site, _ algorithm: ChainAlgorithm, _ made: Report) throws(NodeError) -> Report {
        var report = made
        let serverKey: PrivateKey
        if let serverKeyFile {
            serverKey = try PrivateKeyStore.serverKey(inFile: serverKeyFile)
        } else {
            do throws(OpenSSLError) { serverKey = try PrivateKey.generateRSA() } catch {
                throw .key(path: directory.serverKeyPath, .library(error))
            }
        }
        let publicKey = try PrivateKeyStore.publicValue(of: serverKey, path: serverKeyFile ?? directory.serverKeyPath)
        let (own, position) = try ownSite(publicKey, &report)
        let folderWasThere = SystemFile.exists(directory.path)
        do throws(NodeError) {
            try system { () throws(SystemError) in try directory.create() }
            try PrivateKeyStore.write(serverKey, to: directory.serverKeyPath)
            report.keyPaths.append(directory.serverKeyPath)
            report.keyPaths.append(try MirrorKey.store(authentication.key, in: directory))
            try makeIndex(own, position, algorithm)
            try writeFiles(site)
        } catch {
            directory.removeNode(keys: report.keyPaths, folder: !folderWasThere)
            throw error
        }
        return report
    }

    /// This node's own site record, which is no primary's, and its place in it.
    private func ownSite(_ publicKey: [UInt8], _ report: inout Report) throws(NodeError) -> (Site, Int) {
        if let siteFile {
            var site = try SiteFile.site(inFile: siteFile)
            let position = site.servers.firstIndex { PrivateKeyStore.areSame($0.publicKey, publicKey) }
            guard let position else {
                throw .site(path: siteFile, "no server of the site has the public key of --server-key")
            }
            site.flags.remove(.primary)
            return (site, position)
        }
        let listened = listen.isEmpty ? Configuration().listen : listen
        let endpoints = advertised.isEmpty ? listened : advertised
        report.warnings += SiteDescription.warnings(about: endpoints)
        var site = SiteDescription.site(advertising: endpoints, publicKey: publicKey)
        site.flags = []
        return (site, 0)
    }

    private func makeIndex(_ site: Site, _ position: Int, _ algorithm: ChainAlgorithm) throws(NodeError) {
        do throws(IndexError) {
            _ = try HandleIndex(directory: directory.path, access: .create, chainAlgorithm: algorithm)
        } catch {
            throw .index(error)
        }
        // A mirror's own site is none of the primary's journal.
        var changes: [Change] = [.setMirror(true), .setSite(record: site.bytes, serverPosition: position)]
        if !administrators.isEmpty {
            var list = ByteWriter()
            ValueList(references: administrators).write(to: &list)
            changes.insert(
                .setSetting(name: Array(Hosting.administratorsSetting.utf8), value: list.bytes), at: 0)
        }
        try ChangeSinks.open(directory: directory).apply(changes, source: "mirror init")
    }

    private func writeFiles(_ site: Site) throws(NodeError) {
        var settings = [
            Options.mirrorPrimary.name: SettingValue.texts(["\(primary)"]),
            Options.mirrorIdentity.name: .text("\(authentication.identity)"),
        ]
        if !listen.isEmpty { settings[Options.listen.name] = .texts(listen.map(\.description)) }
        if protocolName != "auto" { settings[Options.mirrorProtocol.name] = .text(protocolName) }
        if allowsClear { settings[Options.mirrorClear.name] = .boolean(true) }
        let text = ConfigurationFile.text(setting: settings)
        try system { () throws(SystemError) in
            try SystemFile.write(site.bytes, to: directory.primarySitePath, mode: 0o640, isNew: true)
            guard !SystemFile.exists(directory.configurationPath) else { return }
            try SystemFile.write(Array(text.utf8), to: directory.configurationPath, mode: 0o640, isNew: true)
        }
    }
}
