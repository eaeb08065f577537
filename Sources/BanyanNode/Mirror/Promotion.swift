import BanyanIndex
import BanyanRegistry
import BanyanSync
import HandleClient
import HandleProtocol
import OpenSSL

/// Makes a mirror the primary, and the other way round: `banyan promote`, `banyan demote`.
public struct Promotion: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Makes this mirror the primary: a new term in its journal, its site record's flag, and nothing is followed from
    /// now on. All in one change.
    ///
    /// - Parameter force: also when the primary that it follows still answers.
    /// - Returns: the new term.
    public func promote(force: Bool) async throws -> UInt64 {
        let configured = try directory.configuration().mirror(in: directory)
        if !force, let configured, await Self.takesChanges(configured.primary) {
            throw NodeError.declined(
                "the primary \(configured.primary) answers as one: make it a mirror first (banyan demote), or "
                    + "use --force"
            )
        }
        let (site, position) = try SiteAdministration(directory: directory).show()
        let (isMirror, isFilled, term) = try state()
        guard isMirror else { throw NodeError.declined("this node is no mirror") }
        guard isFilled else { throw NodeError.declined("this mirror does not have everything yet: see banyan stat") }
        var record = site
        record.flags.insert(.primary)
        record.serial = site.serial == UInt16.max - 1 ? 1 : site.serial + 1
        let owner = Digest.hash(site.servers[position].publicKey, .sha256)
        try ChangeSinks.open(directory: directory).apply(
            [
                .setMirror(false),
                .setSetting(name: Array(Term.setting.utf8), value: Term.value(term + 1, of: owner)),
                .setSite(record: record.bytes, serverPosition: position),
            ], source: "promote")
        return term + 1
    }

    /// Makes this primary a mirror: it takes no more changes.
    public func demote() throws(NodeError) {
        let (site, position) = try SiteAdministration(directory: directory).show()
        var record = site
        record.flags.remove(.primary)
        try ChangeSinks.open(directory: directory).apply(
            [.setMirror(true), .setSite(record: record.bytes, serverPosition: position)], source: "demote")
    }

    /// Has this mirror fetch everything anew, over what it has.
    public func reseed() throws(NodeError) {
        guard try state().isMirror else { throw .declined("this node is no mirror") }
        let beginning = JournalPosition(
            sequence: .max, chain: [UInt8](repeating: 0, count: JournalPosition.chainByteCount), term: 0)
        try ChangeSinks.open(directory: directory).apply(
            [.follow(.mark(beginning, date: 0))], source: "mirror reseed")
    }

    private func state() throws(NodeError) -> (isMirror: Bool, isFilled: Bool, term: UInt64) {
        let index = try directory.openIndex()
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            let isFilled = try snapshot.seedProgress() == nil
            return (try snapshot.isMirror(), isFilled, try snapshot.term())
        } catch {
            throw .index(error)
        }
    }

    /// Whether a server answers there that its site record calls a primary.
    private static func takesChanges(_ server: ServerAddress) async -> Bool {
        guard let site = try? await PrimaryInquiry.site(of: server) else { return false }
        return site.flags.contains(.primary)
    }
}
