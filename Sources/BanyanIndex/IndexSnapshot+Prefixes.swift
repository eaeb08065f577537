import HandleProtocol
import LMDB

/// A prefix with all that is stored of it.
public struct PrefixListing: Equatable, Sendable {
    /// Folded, without `0.NA/`.
    public var name: [UInt8]
    public var row: PrefixRow
}

extension IndexSnapshot {
    /// The prefixes that are homed here, suspended ones included, in key order; with `includingUnhomed` also those that
    /// only have records.
    public func prefixes(includingUnhomed: Bool = false) throws(IndexError) -> [PrefixListing] {
        var listings: [PrefixListing] = []
        var cursor = try cursor(in: index.tables.prefixes)
        do {
            while let entry = try cursor.next() {
                guard let row = PrefixRow(key: entry.key, bytes: entry.value) else { throw IndexError.damagedPrefix }
                if includingUnhomed || row.entry.state != .unhomed {
                    listings.append(PrefixListing(name: entry.key.array, row: row))
                }
            }
        } catch {
            throw IndexError(error)
        }
        return listings
    }

    /// What is stored of one folded prefix, counts and digest included; nil where nothing is.
    public func prefixRow(_ folded: RawSpan) throws(IndexError) -> PrefixRow? {
        guard folded.byteCount > 0, folded.byteCount <= Limits.prefixByteCount else { return nil }
        do {
            guard let bytes = try transaction.value(for: folded, in: index.tables.prefixes) else { return nil }
            guard let row = PrefixRow(key: folded, bytes: bytes) else { throw IndexError.damagedPrefix }
            return row
        } catch {
            throw IndexError(error)
        }
    }
}
