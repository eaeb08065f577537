internal import BanyanIndex
internal import BanyanRegistry
internal import HandleProtocol

/// How far a mirror has come with a primary of the reference's kind: durable in the same transaction as what came.
struct ReferencePlace: Equatable {
    /// The last transaction.
    var transactionID: UInt64
    /// The primary's clock when it last said that there was no more, in milliseconds since 1970.
    var date: UInt64

    static let transactions = SourceIdentity(bytes: Array("mirror/transactions".utf8))
    static let date = SourceIdentity(bytes: Array("mirror/date".utf8))
    /// The setting that holds how far fetching everything has come: transaction and date at its beginning, last handle.
    static let seedSetting = "mirror.seed"

    /// Nil where nothing has come yet.
    static func load(from registrar: any ChangeSink) throws(MirrorError) -> ReferencePlace? {
        do throws(SubmissionError) {
            guard let transaction = try registrar.checkpoint(for: transactions) else { return nil }
            return ReferencePlace(transactionID: transaction, date: try registrar.checkpoint(for: date) ?? 0)
        } catch {
            throw .store(error.description)
        }
    }
}

/// How far fetching everything from such a primary has come.
struct ReferenceSeed: Equatable {
    var place: ReferencePlace
    var lastHandle: [UInt8]

    init(place: ReferencePlace, lastHandle: [UInt8] = []) {
        self.place = place
        self.lastHandle = lastHandle
    }

    init?(parsing bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        place = ReferencePlace(
            transactionID: bytes.rawSpan.bigEndianUInt64(at: 0), date: bytes.rawSpan.bigEndianUInt64(at: 8))
        lastHandle = Array(bytes[16...])
    }

    var change: Change {
        var writer = ByteWriter()
        writer.write(place.transactionID)
        writer.write(place.date)
        writer.write(raw: lastHandle)
        return .setSetting(name: Array(ReferencePlace.seedSetting.utf8), value: writer.bytes)
    }

    /// What ends it.
    static let end = Change.setSetting(name: Array(ReferencePlace.seedSetting.utf8), value: [])

    static func load(from index: HandleIndex) throws(IndexError) -> ReferenceSeed? {
        try index.snapshot().setting(ReferencePlace.seedSetting).flatMap { ReferenceSeed(parsing: $0) }
    }
}
