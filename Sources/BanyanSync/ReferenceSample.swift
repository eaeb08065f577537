public import BanyanRegistry
public import HandleClient
public import HandleProtocol

/// Pieces of what a server of the reference's kind holds, for comparison: nothing is stored.
public enum ReferenceSample {
    /// Records in the order of the server, values that are not public among them, behind a handle (empty: from the
    /// beginning), at most `countMax`; fewer only where there are no more.
    public static func records(
        of replication: Replication, after handle: [UInt8], atMost countMax: Int, for mirror: MirrorPosition
    ) async throws -> [HandleRecord] {
        let resume = handle.isEmpty ? nil : DumpRequest.ResumePoint(handle: handle, table: 2)
        return try await replication.stream(of: .dump(DumpRequest(mirror: mirror, resume: resume))) { reader in
            let format = try await reader.next(isSigned: { _ in true }) { reader throws(WireError) in
                try reader.readUInt32("dump format")
            }
            guard format == DumpRecord.format else { throw MirrorError.malformedStream }
            var records: [HandleRecord] = []
            while records.count < countMax {
                switch try await reader.nextDumpRecord() {
                case .handle(let name, let values): records.append(HandleRecord(handle: name, values: values))
                case .homedPrefix, .end: return records
                case .thisServer, .handleDate, .prefixDate, .otherServers: continue
                }
            }
            return records
        }
    }

    /// The handles that the server has changed since the last transaction that is here: its first `countMax` names,
    /// and how many changes there are.
    public static func changes(
        on replication: Replication, missingFrom registrar: any ChangeSink, for mirror: MirrorPosition,
        atMost countMax: Int
    ) async throws -> (names: [[UInt8]], count: Int) {
        let place = try ReferencePlace.load(from: registrar) ?? ReferencePlace(transactionID: 0, date: 0)
        let request = TransactionsRequest(
            known: .markedPosition(transactionID: place.transactionID, date: place.date), mirror: mirror)
        return try await replication.stream(of: .transactions(request)) { reader in
            let header = try await reader.nextHeader()
            guard header.format == 1, header.status == .transactionsFollow else { throw MirrorError.malformedStream }
            var names: [[UInt8]] = []
            var count = 0
            while case .transaction(let transaction) = try await reader.nextTransaction() {
                count += 1
                if names.count < countMax { names.append(transaction.handle) }
            }
            return (names, count)
        }
    }
}
