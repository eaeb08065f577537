public import BanyanIndex
import HandleProtocol

/// The log of the recorded server as it was when its mirrors were recorded, entry by entry, with the recorded numbers
/// and times. What the recordings do not tell of is filled with settings, which no mirror gets.
public enum RecordedLog {
    /// Writes it into an index that is empty.
    public static func write(to index: HandleIndex) throws {
        guard let site = try Vectors.load("dataset")[0].fields["siteinfo_hex"].hex else {
            throw TestFailure("no site record in the data set")
        }
        try write(to: index, site: site)
    }

    /// What the recorded log says, by number.
    private static func transactions() throws -> [UInt64: Transaction] {
        var transactions: [UInt64: Transaction] = [:]
        for vector in try Vectors.load("replication") {
            for record in vector.fields["stream"]["records"].array ?? [] where record["type"].string == "TXN" {
                guard let id = record["txnId"].integer, let action = record["action"].integer,
                    let date = record["date"].integer, let handle = record["handle"].string
                else { throw TestFailure("not a transaction: \(vector)") }
                var values: [HandleValue] = []
                for bytes in (record["values"].array ?? []).compactMap(\.hex) {
                    var reader = ByteReader(bytes.rawSpan)
                    values.append(try HandleValue(parsing: &reader))
                }
                transactions[UInt64(id)] = Transaction(
                    id: UInt64(id), handle: Array(handle.utf8),
                    action: Transaction.Action(rawValue: UInt8(clamping: action)), date: UInt64(date), values: values)
            }
        }
        return transactions
    }

    private static func write(to index: HandleIndex, site: [UInt8]) throws {
        let transactions = try transactions()
        let told = Set(transactions.values.filter { $0.action == .createHandle }.map { HandleCase.folded($0.handle) })
        var rest = try Vectors.load("dataset").compactMap { line -> (handle: [UInt8], values: [UInt8])? in
            guard let name = line.fields["handle"].string, !told.contains(HandleCase.folded(Array(name.utf8))) else {
                return nil
            }
            return (Array(name.utf8), (line.fields["values_hex"].array ?? []).compactMap(\.hex).flatMap { $0 })
        }[...]
        var writer = IndexWriter(index)
        var time: UInt64 = 1_795_552_438_000
        try writer.begin(at: time)
        let last = transactions.keys.max() ?? 0
        for sequence in 1...last {
            if let transaction = transactions[sequence] {
                if transaction.date != time {
                    try writer.commit()
                    time = transaction.date
                    try writer.begin(at: time)
                }
                try put(transaction, into: &writer)
            } else if sequence < 3_041, let next = rest.popFirst() {
                try put(next.handle, next.values, .create, into: &writer)
            } else {
                try fill(&writer, sequence)
            }
            guard writer.sequence == sequence else { throw TestFailure("entry \(sequence) was not written") }
        }
        // Nothing of the site is journaled by the reference; the settings that follow are not sent either.
        let origin = Origin(principal: RawSpan(), source: RawSpan())
        _ = try writer.setSite(site.rawSpan, serverPosition: 0, by: origin)
        var list = ByteWriter()
        ValueList(
            references: [300, 301].map { ValueReference(handle: Array("0.NA/88.100.1".utf8), index: $0) }
        ).write(to: &list)
        let name = Array("administrators".utf8)
        _ = try writer.setSetting(name.rawSpan, to: list.bytes.rawSpan, by: origin)
        try writer.commit()
    }

    private static func put(_ transaction: Transaction, into writer: inout IndexWriter) throws {
        let origin = Origin(principal: RawSpan(), source: RawSpan())
        let prefix = transaction.handle.dropFirst(5).map(HandleCase.fold)
        switch transaction.action {
        case .homePrefix:
            try writer.setPrefix(
                prefix.rawSpan, to: PrefixEntry(caseRule: .insensitive, state: .active), rules: [], .home, by: origin)
        case .unhomePrefix:
            try writer.setPrefix(
                prefix.rawSpan, to: PrefixEntry(caseRule: .insensitive, state: .unhomed), rules: [], .unhome, by: origin
            )
        case .deleteHandle: try put(transaction.handle, [], .delete, into: &writer)
        default:
            var values = ByteWriter()
            for value in transaction.values { value.write(to: &values) }
            try put(
                transaction.handle, values.bytes, transaction.action == .createHandle ? .create : .addValues,
                into: &writer)
        }
    }

    private static func put(
        _ handle: [UInt8], _ values: [UInt8], _ operation: JournalOperation, into writer: inout IndexWriter
    ) throws {
        var key = IndexKey()
        _ = key.set(handle.rawSpan, caseRule: .insensitive)
        try writer.select(key)
        var count = 0
        var list = ValueListView(values.rawSpan)
        while try list.next() != nil { count += 1 }
        writer.beginRecord(
            key, registered: handle.rawSpan, flags: operation == .delete ? .deleted : [], valueCount: count)
        _ = writer.appendValues(values.rawSpan)
        try writer.put(operation, key, by: Origin(principal: RawSpan(), source: RawSpan()))
    }

    private static func fill(_ writer: inout IndexWriter, _ number: UInt64) throws {
        let name = Array("filler".utf8)
        let value = Array("\(number)".utf8)
        _ = try writer.setSetting(
            name.rawSpan, to: value.rawSpan, by: Origin(principal: RawSpan(), source: RawSpan()))
    }
}
