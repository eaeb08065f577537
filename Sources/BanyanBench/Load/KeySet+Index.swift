internal import BanyanIndex
internal import HandleProtocol

extension KeySet {
    /// The handles of a data directory, in the order of its keys; as many as `limit`. Read in short snapshots: one
    /// that is held while others write keeps freed pages from being used again.
    public init(index directory: String, limit: Int = 100_000_000) throws {
        self.init()
        do throws(IndexError) {
            let index = try HandleIndex(directory: directory, access: .readOnly)
            var last: [UInt8] = []
            while count < limit, let next = try append(1_000, of: index, after: last) { last = next }
        } catch {
            throw BenchError.file(directory, "\(error)")
        }
        guard !isEmpty else { throw BenchError.noKeys(directory) }
    }

    /// Adds handles behind a key; the last one's key, nil when there were none.
    private mutating func append(
        _ most: Int, of index: HandleIndex, after key: [UInt8]
    ) throws(IndexError) -> [UInt8]? {
        let snapshot = try index.snapshot()
        var walk = try snapshot.records(in: RecordRange.all.continuing(after: key))
        var last: [UInt8]?
        for _ in 0..<most {
            guard let entry = try walk.next() else { break }
            append(entry.name.array)
            last = entry.key.array
        }
        return last
    }
}
