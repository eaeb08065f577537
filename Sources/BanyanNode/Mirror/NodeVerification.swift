import BanyanIndex
public import BanyanSync
public import BanyanTransport
public import HandleClient
import HandleProtocol
import OpenSSL

/// Compares a directory's records with those of a node that serves elsewhere: `banyan verify --against`.
public struct NodeVerification: Sendable {
    private let directory: NodeDirectory
    private let other: Endpoint
    /// Who asks; nil: who the mirror is to its primary.
    private let authentication: ClientAuthentication?

    public init(directory: NodeDirectory, against other: Endpoint, authentication: ClientAuthentication?) {
        self.directory = directory
        self.other = other
        self.authentication = authentication
    }

    public func run() async throws -> NodeComparison.Report {
        try await NodeComparison(of: directory.openIndex(), with: replication()).run()
    }

    /// What only this directory's journal has: behind which sequence it and the other node's part.
    ///
    /// - Returns: nil where this journal does not reach back to where both were the same.
    public func lastCommonSequence() async throws -> UInt64? {
        try await JournalSurplus(of: directory.openIndex(), against: replication()).lastCommonSequence()
    }

    private func replication() async throws -> Replication {
        let address = ServerAddress(host: "\(other.address)", port: Int(other.port))
        let configured = try directory.configuration()
        let mirror = authentication == nil ? try configured.mirror(in: directory) : nil
        guard let asker = authentication ?? mirror?.authentication else {
            throw NodeError.argument("nobody to ask as", accepted: "--admin INDEX:HANDLE --key FILE")
        }
        let key: PublicKey
        if let mirror, mirror.primary == address {
            key = mirror.primaryKey
        } else {
            let site = try await PrimaryInquiry.site(of: address)
            key = try PrimarySite.key(of: other, in: site, path: "the other node's site record")
        }
        return Replication(server: address, authentication: asker, serverKey: key)
    }
}
