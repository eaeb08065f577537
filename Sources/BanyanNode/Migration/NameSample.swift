import BanyanIndex
import HandleProtocol

/// Some of the handles of an index, each as likely as the other.
enum NameSample {
    private static let snapshotRecordCount = 1_000

    /// As many as are wanted, or all; in the order of their keys. Costs one walk over the index, in short snapshots.
    static func draw(
        _ count: Int, of index: HandleIndex, using generator: inout some RandomNumberGenerator
    ) throws(IndexError) -> [[UInt8]] {
        var sample: [(position: Int, name: [UInt8])] = []
        var seen = 0
        var last: [UInt8] = []
        var isOver = count <= 0
        while !isOver {
            let snapshot = try index.snapshot()
            var walk = try snapshot.records(in: RecordRange.all.continuing(after: last))
            isOver = true
            for _ in 0..<snapshotRecordCount {
                guard let entry = try walk.next() else { break }
                isOver = false
                last = entry.key.array
                seen += 1
                if sample.count < count {
                    sample.append((seen, entry.name.array))
                } else {
                    let place = Int.random(in: 0..<seen, using: &generator)
                    if place < count { sample[place] = (seen, entry.name.array) }
                }
            }
        }
        return sample.sorted { $0.position < $1.position }.map(\.name)
    }
}
