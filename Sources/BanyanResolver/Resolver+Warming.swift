public import BanyanIndex
internal import HandleProtocol

extension Resolver {
    /// Copies the next records of the index into the table, in key order, so that a node that has just started answers
    /// as one that has run for hours. A step is short, since nobody is answered meanwhile.
    ///
    /// - Parameter last: Key of the last record copied, empty at the beginning; moved on.
    /// - Returns: Whether there is more to copy, and room for it.
    public mutating func warm(
        from snapshot: inout IndexSnapshot, after last: inout [UInt8], count: Int
    ) throws(IndexError) -> Bool {
        guard let changes, table.isOn, !table.isFull else { return false }
        try renew(&snapshot)
        let known = known
        var left = count
        var walk = try snapshot.records(in: last.isEmpty ? .all : .all.continuing(after: last))
        while let entry = try walk.next() {
            table.insert(
                entry.key, hash: changes.names.hash(folded: entry.key), record: entry.record.bytes, known: known)
            left &-= 1
            guard left > 0 else {
                last = entry.key.array
                return true
            }
        }
        return false
    }
}
