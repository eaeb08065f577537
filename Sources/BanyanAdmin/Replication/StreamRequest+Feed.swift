import BanyanIndex
import HandleProtocol
import OpenSSL

extension StreamRequest {
    /// The stream that the request asks for, signed with the server's key; nil: inside TLS, not signed.
    func feed(signedWith key: PrivateKey?, in snapshot: borrowing IndexSnapshot) throws -> any ReplicationFeed {
        // The reference signs its streams with SHA-1 whatever the version, and its mirrors expect so.
        let writer = key.map { StreamWriter(signedWith: $0, isOfNode ? .sha256 : .sha1) } ?? StreamWriter()
        switch self {
        case .transactions(let request):
            switch request.known {
            case .position(let last, let date), .markedPosition(let last, let date):
                // The reference reads both as signed numbers; below 1 is nothing.
                let last = UInt64(max(0, Int64(bitPattern: last)))
                guard try LogReach.suffices(last: last, date: date, in: snapshot, at: Moment.milliseconds) else {
                    return DumpNeededFeed(date: date, writer: writer)
                }
                return try TransactionFeed(after: last, to: request.mirror, in: snapshot, writer: writer)
            case .journal(let position): return try Self.journal(after: position, in: snapshot, writer)
            case .states: throw Refusal(.error)
            }
        case .dump(let request):
            if let resume = request.resume, isOfNode { return ContentFeed(resume, writer: writer) }
            return try DumpFeed(request, in: snapshot, writer: writer)
        }
    }

    /// Whether the mirror is a node of our kind.
    var isOfNode: Bool {
        switch self {
        case .transactions(let request): if case .journal = request.known { true } else { false }
        case .dump(let request):
            (NodeStream.recordsTable...NodeStream.prefixesTable).contains(request.resume?.table ?? 0)
        }
    }

    /// A mirror's place counts when this journal has the same chain there.
    private static func journal(
        after position: JournalPosition, in snapshot: borrowing IndexSnapshot, _ writer: StreamWriter
    ) throws -> any ReplicationFeed {
        if let place = try snapshot.journalPlace(at: position.sequence) {
            guard place.chain.bytes == position.chain else { return OtherPastFeed(.otherPast, writer: writer) }
            return JournalFeed(after: position, writer: writer)
        }
        let base = try snapshot.journalBase()
        return OtherPastFeed(position.sequence < base.sequence ? .dumpNeeded : .otherPast, writer: writer)
    }
}
