public import BanyanIndex
import HandleProtocol

/// Names that somebody may list, given page by page: each page costs what is on it, and is read in a snapshot of its
/// own.
public struct NameList: Sendable {
    let listing: HandleListing
    /// Folded, where the names under it are listed.
    let prefix: [UInt8]?
    let index: HandleIndex

    /// The next names, at most `count`, and where the list goes on: the cursor of the next page, at most 511 bytes;
    /// nil when that was all. Blocks while it reads.
    public func page(after cursor: [UInt8]? = nil, count: Int) throws(IndexError) -> (names: [[UInt8]], next: [UInt8]?)
    {
        let snapshot = try index.snapshot()
        switch listing {
        case .homedPrefixes:
            let names = try snapshot.prefixes().map { Array("0.NA/".utf8) + $0.name }
            let rest = names.drop { name in cursor.map { !$0.lexicographicallyPrecedes(name) } ?? false }
            let page = Array(rest.prefix(count))
            return (page, rest.count > count ? page.last : nil)
        case .records(let range):
            let range = cursor.map { range.continuing(after: $0) } ?? range
            var names: [[UInt8]] = []
            var last: [UInt8]?
            var walk = try snapshot.records(in: range)
            while let entry = try walk.next() {
                guard names.count < count else { return (names, last) }
                last = entry.key.array
                names.append(entry.listedName)
            }
            return (names, nil)
        }
    }

    /// How many names there are: kept for a prefix, counted for the prefixes below one.
    public func count() throws(IndexError) -> Int {
        let snapshot = try index.snapshot()
        switch listing {
        case .homedPrefixes: return try snapshot.prefixes().count
        case .records(let range):
            if let prefix, let row = try snapshot.prefixRow(prefix.rawSpan) {
                return Int(clamping: row.handleCount)
            }
            var count = 0
            var walk = try snapshot.records(in: range)
            while try walk.next() != nil { count += 1 }
            return count
        }
    }
}
