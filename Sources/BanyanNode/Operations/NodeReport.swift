import BanyanIndex
import HandleProtocol

/// What `banyan stat` shows: what the index holds and takes up, and, while a node serves the directory, what that node
/// says of itself.
public struct NodeReport: Sendable {
    private let statistics: IndexStatistics
    private let site: SiteSummary
    private let homedPrefixCount: Int
    private let suspendedCount: UInt64
    private let withdrawnCount: UInt64
    /// The serving node's own figures, one JSON object; nil when none serves.
    private let serving: String?

    public init(directory: NodeDirectory) throws(NodeError) {
        let index = try directory.openIndex()
        do throws(IndexError) {
            statistics = try index.statistics()
            let snapshot = try index.snapshot()
            site = snapshot.site
            homedPrefixCount = try snapshot.prefixes().count
            let counts = try snapshot.prefixes(includingUnhomed: true).map(\.row.counts)
            suspendedCount = counts.reduce(0) { $0 + $1.suspendedCount }
            withdrawnCount = counts.reduce(0) { $0 + $1.withdrawnCount }
        } catch {
            throw .index(error)
        }
        serving = Self.figures(of: directory)
    }

    /// What the node that serves the directory says of itself, as JSON; nil where none serves.
    static func figures(of directory: NodeDirectory) -> String? {
        guard let client = try? ControlClient(path: directory.controlPath) else { return nil }
        defer { client.close() }
        guard let answer = client.ask(ControlFrame(.stat)), answer.kind == .figures else { return nil }
        return String(decoding: answer.body, as: UTF8.self)
    }

    private var figures: [(String, JSONText)] {
        [
            ("records", .count(statistics.recordCount)),
            ("suspended", .count(suspendedCount)),
            ("withdrawn", .count(withdrawnCount)),
            ("prefixes", .count(homedPrefixCount)),
            ("journalEntries", .count(statistics.journalCount)),
            ("depth", .count(statistics.depth)),
            ("usedBytes", .count(statistics.usedByteCount)),
            ("mapBytes", .count(statistics.mapByteCount)),
            ("handleBytes", .count(statistics.handleByteCount)),
            ("journalBytes", .count(statistics.journalByteCount)),
            ("readers", .count(statistics.readerCount)),
            ("siteSerial", .count(site.serial)),
            ("primary", .boolean(site.isPrimary)),
            ("servers", .count(site.serverCount)),
            ("serverPosition", .count(site.serverPosition)),
        ]
    }

    public var json: JSONText { .object(figures + [("serving", serving.map(JSONText.raw) ?? .null)]) }

    /// For people: a name and a figure a line.
    public var lines: [String] {
        figures.map { name, value in name + String(repeating: " ", count: max(1, 16 - name.count)) + value.text }
            + ["serving         " + (serving ?? "no")]
    }
}
