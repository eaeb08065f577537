import BanyanSync
import BanyanTransport
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL

extension Configuration {
    /// The primary that this node follows when it is a mirror.
    var mirrorPrimary: Endpoint? { texts(Options.mirrorPrimary).first.flatMap { Endpoint($0) } }

    /// What the mirror needs to know, from the settings and from the files that `banyan mirror init` wrote; nil where
    /// no primary is set.
    func mirror(in directory: NodeDirectory) throws(NodeError) -> MirrorConfiguration? {
        guard let primary = mirrorPrimary else { return nil }
        guard let identity = ValueReference(text(Options.mirrorIdentity)) else {
            throw .argument("mirror.identity is not set", accepted: Options.mirrorIdentity.kind.accepted)
        }
        let address = ServerAddress(host: "\(primary.address)", port: Int(primary.port))
        var mirror = MirrorConfiguration(
            primary: address,
            authentication: ClientAuthentication(identity, key: try MirrorKey.load(from: directory)),
            primaryKey: try PrimarySite.key(
                of: primary, in: SiteFile.site(inFile: directory.primarySitePath), path: directory.primarySitePath))
        mirror.allowsClear = boolean(Options.mirrorClear)
        mirror.kind = MirrorConfiguration.Kind(rawValue: text(Options.mirrorProtocol))
        mirror.interval = .seconds(integer(Options.mirrorInterval))
        return mirror
    }
}

/// The key that proves who a mirror is.
enum MirrorKey {
    static func load(from directory: NodeDirectory) throws(NodeError) -> ClientAuthentication.Key {
        guard SystemFile.exists(directory.mirrorKeyPath) else {
            let secret = try system { () throws(SystemError) in
                try SystemFile.read(directory.mirrorSecretPath, byteCountMax: 4_096)
            }
            return .secret(SecretBytes(secret))
        }
        return .privateKey(try PrivateKeyStore.key(inFile: directory.mirrorKeyPath))
    }

    /// Writes it; the path.
    static func store(_ key: ClientAuthentication.Key, in directory: NodeDirectory) throws(NodeError) -> String {
        switch key {
        case .privateKey(let key):
            try PrivateKeyStore.write(key, to: directory.mirrorKeyPath)
            return directory.mirrorKeyPath
        case .secret(let secret):
            try system { () throws(SystemError) in
                try SystemFile.write(secret.exposed, to: directory.mirrorSecretPath, mode: 0o600, isNew: true)
            }
            return directory.mirrorSecretPath
        }
    }
}

/// A primary's site record.
enum PrimarySite {
    /// The public key of the server that is asked: the one with that address and port, or the only one.
    static func key(of primary: Endpoint, in site: Site, path: String) throws(NodeError) -> PublicKey {
        let named = site.servers.first { server in
            server.address == primary.address.siteAddress
                && server.interfaces.contains { $0.transport == .tcp && $0.port == UInt32(primary.port) }
        }
        guard let server = named ?? (site.servers.count == 1 ? site.servers.first : nil) else {
            throw .site(path: path, "no server of the site has the address \(primary)")
        }
        do throws(CryptoError) { return try PublicKey.parse(value: server.publicKey) } catch {
            throw .site(path: path, "the server's public key: \(error)")
        }
    }
}
