public import BanyanIndex
import BanyanRegistry
public import BanyanTransport
import HandleCrypto
public import HandleProtocol
import OpenSSL

/// Makes a node out of nothing: what `banyan init` does. All or nothing: where it fails, what it made is removed.
public struct NodeSetup: Sendable {
    public var directory: NodeDirectory
    /// At least one.
    public var prefixes: [Prefix]
    /// Files with the site record and the private key of a node that is to be continued here.
    public var siteFile: String?
    public var serverKeyFile: String?
    /// The server's administrators; none given: 300 and 301 of the first prefix's record.
    public var administrators: [ValueReference] = []
    /// Where the node will listen; none given: as usual.
    public var listen: [Endpoint] = []
    /// What clients reach; none given: where it listens.
    public var advertised: [Endpoint] = []
    public var chainAlgorithm: ChainAlgorithm = .sha256

    /// What has been made, and what the operator should know of it.
    public struct Report: Sendable {
        public var site: Site
        public var administrators: [ValueReference]
        /// Paths of the private keys that were written.
        public var keyPaths: [String] = []
        public var certificatePath: String?
        /// SHA-256 of the public key of the certificate for TLS, by which clients may know the node.
        public var certificateKeyDigest: [UInt8] = []
        public var warnings: [String] = []
    }

    public init(directory: NodeDirectory, prefixes: [Prefix]) {
        self.directory = directory
        self.prefixes = prefixes
    }

    public func run() throws(NodeError) -> Report {
        try refuseExisting()
        let serverKey = try serverKey()
        let publicKey = try PrivateKeyStore.publicValue(
            of: serverKey, path: serverKeyFile ?? directory.serverKeyPath)
        var warnings: [String] = []
        let site: Site
        if let siteFile {
            site = try SiteFile.site(inFile: siteFile)
        } else {
            let endpoints = advertised.isEmpty ? listenOrUsual : advertised
            site = SiteDescription.site(advertising: endpoints, publicKey: publicKey)
            warnings = SiteDescription.warnings(about: endpoints)
        }
        let position = try position(of: publicKey, in: site)
        var report = Report(site: site, administrators: administratorsOrUsual, warnings: warnings)
        let folderWasThere = SystemFile.exists(directory.path)
        do throws(NodeError) {
            try system { () throws(SystemError) in try directory.create() }
            try PrivateKeyStore.write(serverKey, to: directory.serverKeyPath)
            report.keyPaths.append(directory.serverKeyPath)
            let administratorKey = try administratorKey(&report)
            try makeCertificate(&report)
            try makeIndex(site: site, position: position, administratorKey: administratorKey)
            try writeConfiguration()
        } catch {
            directory.removeNode(
                keys: report.keyPaths + [report.certificatePath].compactMap { $0 }, folder: !folderWasThere)
            throw error
        }
        return report
    }

    private func refuseExisting() throws(NodeError) {
        guard directory.hasNode else { return }
        do throws(NodeError) { _ = try directory.openRegistrar(mapByteCount: nil) } catch {
            if case .inUse = error { throw error }
        }
        throw .exists(directory.path)
    }

    private var listenOrUsual: [Endpoint] { listen.isEmpty ? Configuration().listen : listen }

    private var administratorsOrUsual: [ValueReference] {
        guard administrators.isEmpty, let first = prefixes.first else { return administrators }
        return [300, 301].map { ValueReference(handle: first.handle.bytes, index: $0) }
    }

    // MARK: Keys

    private func serverKey() throws(NodeError) -> PrivateKey {
        if let serverKeyFile { return try PrivateKeyStore.serverKey(inFile: serverKeyFile) }
        return try newKey(for: directory.serverKeyPath)
    }

    /// A certificate for TLS and HTTPS; one that is there already stays, as the settings do.
    private func makeCertificate(_ report: inout Report) throws(NodeError) {
        let files = directory.certificateFiles(Configuration())
        guard !SystemFile.exists(files.certificate), !SystemFile.exists(files.key) else { return }
        let made: NodeCertificate
        do throws(OpenSSLError) {
            made = try NodeCertificate(for: advertised + listen)
            report.certificateKeyDigest = try made.certificate.publicKeyDigest()
        } catch {
            throw .key(path: files.key, .library(error))
        }
        try made.write(certificate: files.certificate, key: files.key)
        report.keyPaths.append(files.key)
        report.certificatePath = files.certificate
    }

    private func newKey(for path: String) throws(NodeError) -> PrivateKey {
        do throws(OpenSSLError) { return try PrivateKey.generateRSA() } catch {
            throw .key(path: path, .library(error))
        }
    }

    /// A key pair for the first administrator, when its record is one that this node makes.
    private func administratorKey(
        _ report: inout Report
    ) throws(NodeError) -> (administrator: ValueReference, data: [UInt8])? {
        guard let administrator = report.administrators.first,
            prefixes.contains(where: { $0.handle.bytes == HandleCase.folded(administrator.handle, rule: .insensitive) }
            ),
            administrator.index > 0
        else { return nil }
        let path = directory.keyPath(of: administrator)
        let key = try newKey(for: path)
        try PrivateKeyStore.write(key, to: path)
        report.keyPaths.append(path)
        return (administrator, try PrivateKeyStore.publicValue(of: key, path: path))
    }

    /// Which server of the site this node is: the one that has its public key.
    private func position(of publicKey: [UInt8], in site: Site) throws(NodeError) -> Int {
        guard let position = site.servers.firstIndex(where: { PrivateKeyStore.areSame($0.publicKey, publicKey) })
        else {
            throw .site(
                path: siteFile ?? "the site record",
                "no server of the site has the public key of \(serverKeyFile ?? "the new server key"); give the site's "
                    + "private key with --server-key")
        }
        return position
    }

    // MARK: Content

    private func makeIndex(
        site: Site, position: Int, administratorKey: (administrator: ValueReference, data: [UInt8])?
    ) throws(NodeError) {
        do throws(IndexError) {
            _ = try HandleIndex(directory: directory.path, access: .create, chainAlgorithm: chainAlgorithm)
        } catch {
            throw .index(error)
        }
        var changes: [Change] = [.setSite(record: site.bytes, serverPosition: position)]
        changes += prefixes.map { .home(prefix: $0.bytes, caseRule: .insensitive) }
        for prefix in prefixes {
            var record = PrefixRecord(prefix: prefix, site: site, administrators: administratorsOrUsual)
            if let administratorKey,
                record.handle == HandleCase.folded(administratorKey.administrator.handle, rule: .insensitive)
            {
                record.key = (administratorKey.administrator.index, administratorKey.data)
            }
            changes.append(.put(handle: record.handle, values: record.values.wireBytes))
        }
        changes.append(
            .setSetting(name: Array(Hosting.administratorsSetting.utf8), value: administratorList))
        try ChangeSinks.open(directory: directory).apply(changes, source: "init")
    }

    /// The server's administrators as the index keeps them: an HS_VLIST.
    private var administratorList: [UInt8] {
        var writer = ByteWriter()
        ValueList(references: administratorsOrUsual).write(to: &writer)
        return writer.bytes
    }

    private func writeConfiguration() throws(NodeError) {
        let settings = listen.isEmpty ? [:] : [Options.listen.name: SettingValue.texts(listen.map(\.description))]
        let text = ConfigurationFile.text(setting: settings)
        try system { () throws(SystemError) in
            guard !SystemFile.exists(directory.configurationPath) else { return }
            try SystemFile.write(Array(text.utf8), to: directory.configurationPath, mode: 0o640, isNew: true)
        }
    }
}
