import BanyanSync
import BanyanTransport
import HandleProtocol
import OpenSSL
import TLSChannel

extension Configuration {
    /// The upstream that this node is linked to.
    var upstreamServer: Endpoint? { texts(Options.upstreamServer).first.flatMap { Endpoint($0) } }

    /// What the link needs to know, from the settings and the files that they name; nil where no upstream is set.
    func upstream(in directory: NodeDirectory) throws(NodeError) -> UpstreamConfiguration? {
        guard let server = upstreamServer else { return nil }
        let user = text(Options.upstreamUser)
        guard !user.isEmpty else {
            throw .argument("upstream.user is not set", accepted: Options.upstreamUser.kind.accepted)
        }
        let name = text(Options.upstreamName)
        let trust = try upstreamTrust(in: directory)
        let isPinned = if case .keys = trust { true } else { false }
        guard isPinned || !name.isEmpty else {
            throw .argument(
                "upstream.name is not set: what the upstream's certificate must be for",
                accepted: Options.upstreamName.kind.accepted)
        }
        var link = UpstreamConfiguration(
            endpoint: EPPEndpoint(
                host: "\(server.address)", port: Int(server.port), serverName: isPinned ? nil : name),
            security: try upstreamSecurity(trust, in: directory), user: user,
            password: try upstreamPassword(in: directory))
        let prefix = text(Options.upstreamPrefix)
        link.nodePrefix = prefix.isEmpty ? nil : prefix
        link.messageInterval = .seconds(integer(Options.upstreamInterval))
        link.keepDays = integer(Options.upstreamKeep)
        return link
    }

    /// A pinned key is believed in any certificate; otherwise the certificate must come from the authorities.
    private func upstreamTrust(in directory: NodeDirectory) throws(NodeError) -> TLSConfiguration.Trust {
        let pin = text(Options.upstreamPinnedKey)
        guard pin.isEmpty else {
            guard let digest = Hex.decode(Array(pin.utf8)), digest.count == 32 else {
                throw .argument("upstream.pinned-key is no SHA-256 digest", accepted: "64 hexadecimal digits")
            }
            return .keys([digest])
        }
        let authorities = text(Options.upstreamAuthorities)
        return authorities.isEmpty ? .machine : .file(directory.file(authorities))
    }

    private func upstreamSecurity(
        _ trust: TLSConfiguration.Trust, in directory: NodeDirectory
    ) throws(NodeError) -> TLSConfiguration {
        let files = directory.upstreamFiles(self)
        guard try system({ () throws(SystemError) in try SystemFile.isPrivate(files.key, followingLinks: true) }) else {
            throw .keyReadableByOthers(files.key)
        }
        return TLSConfiguration(.client(trust), certificateFile: files.certificate, keyFile: files.key)
    }

    private func upstreamPassword(in directory: NodeDirectory) throws(NodeError) -> SecretBytes {
        let path = directory.file(text(Options.upstreamPasswordFile))
        guard try system({ () throws(SystemError) in try SystemFile.isPrivate(path, followingLinks: true) }) else {
            throw .keyReadableByOthers(path)
        }
        let bytes = try system { () throws(SystemError) in try SystemFile.read(path, byteCountMax: 1_024) }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        // RFC 5730 §4.1: 6 to 16 characters. Longer ones are the upstream's to refuse.
        guard !line.isEmpty else { throw .argument("\(path) is empty", accepted: "the password in its first line") }
        return SecretBytes(Array(line))
    }
}
