import BanyanRegistry
import HandleProtocol
import OpenSSL

/// Where a broken-off load goes on: stored by the commit of each chunk under the input's identity.
///
/// The position is a byte offset in the inflated input. A load that has come to its end leaves 0, so that the same
/// command then begins anew: what is there with the same values counts as done.
enum LoadCheckpoint {
    static let sampleByteCount = 64 << 10

    /// The same input loaded the same way: path, size, first 64 KiB, format, conflict rule and mapping.
    static func identity(
        path: String, byteCount: UInt64, sample: [UInt8], format: BulkFormat, _ options: LoadOptions
    ) -> SourceIdentity {
        var writer = ByteWriter()
        writer.write(path)
        writer.write(byteCount)
        writer.write(Digest.hash(sample.rawSpan, .sha256))
        writer.write(format.rawValue)
        writer.write(options.conflictRule.rawValue)
        for (name, column) in options.mapping.columns.sorted(by: { $0.key < $1.key }) {
            writer.write(name)
            writer.write(column.index)
            writer.write(column.type)
            column.timeToLive.write(to: &writer)
            writer.write(column.permissions.rawValue)
            writer.write(column.constant ?? [])
        }
        return SourceIdentity(bytes: Digest.hash(writer.bytes.rawSpan, .sha256))
    }
}
