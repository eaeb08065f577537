import BanyanIndex
import HandleProtocol

extension JSONWriter {
    /// An entry of the journal as a change of it: what happened, when, by whom. `members` may add some.
    mutating func write(_ entry: borrowing JournalEntry, _ members: (inout JSONWriter) -> Void = { _ in }) {
        func text(_ bytes: RawSpan) -> String { String(decoding: bytes.array, as: UTF8.self) }
        beginObject()
        name("sequence")
        write(entry.sequence)
        name("time")
        write(Timestamp(secondsSince1970: UInt32(clamping: entry.time / 1_000)))
        name("operation")
        write(entry.operation.name)
        name("handle")
        write(text(entry.handle))
        name("principal")
        write(text(entry.principal))
        name("source")
        write(text(entry.source))
        if entry.reason.byteCount > 0 {
            name("reason")
            write(text(entry.reason))
        }
        members(&self)
        endObject()
    }

    /// The values of a stored record, secret keys left out; null where there is none.
    mutating func writeValues(ofRecord bytes: [UInt8]) {
        guard let record = RecordView(trusted: bytes.rawSpan), !record.flags.contains(.deleted) else {
            return writeNull()
        }
        writeValues(StoredHandle.parsed(record.ownValues.array).filter { !$0.isSecret })
    }
}
