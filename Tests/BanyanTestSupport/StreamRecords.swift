import HandleProtocol

/// A stream record by record, each with its signature.
public struct StreamRecords {
    public struct Record: Equatable {
        /// As it is signed.
        public var bytes: [UInt8]
        /// Without the sender's clock, and without the spelling of a prefix that was homed, which is folded here.
        public var comparable: [UInt8]
        public var signature: [UInt8]?
    }

    private let bytes: [UInt8]
    private var offset = 0
    private let isDump: Bool
    private var isSigned = false
    private var hasBegun = false

    /// - Parameter isProtected: whether the stream begins with what says how it is protected.
    public init(_ bytes: [UInt8], isDump: Bool, isProtected: Bool) {
        self.bytes = bytes
        self.isDump = isDump
        guard isProtected else { return }
        var reader = ByteReader(bytes.rawSpan)
        guard let protection = try? StreamProtection(parsing: &reader) else { return }
        isSigned = protection.isSigned
        offset = reader.position
    }

    public mutating func next() throws -> Record? {
        guard offset < bytes.count else { return nil }
        let rest = Array(bytes[offset...])
        var reader = ByteReader(rest.rawSpan)
        var comparable = ByteWriter()
        var isRecordSigned = true
        if !hasBegun {
            if isDump {
                comparable.write(try reader.readUInt32("format"))
            } else {
                try TransactionStreamHeader(parsing: &reader).write(to: &comparable)
            }
            hasBegun = true
        } else if isDump {
            let record = try DumpRecord(parsing: &reader)
            isRecordSigned = record.isSigned
            var same = record
            // The settings that make the journal whole come behind what was recorded.
            if case .thisServer = record { same = .thisServer(date: 0, lastTransactionID: 0) }
            same.write(to: &comparable)
        } else {
            switch try TransactionRecord(parsing: &reader, format: 1) {
            case .end(let date): TransactionRecord.end(sourceDate: date == 1_000 ? date : 0).write(to: &comparable)
            case .transaction(var transaction):
                if !transaction.action.carriesValues, transaction.action != .deleteHandle {
                    transaction.handle = HandleCase.folded(transaction.handle)
                }
                TransactionRecord.transaction(transaction).write(to: &comparable)
            case let record: record.write(to: &comparable)
            }
        }
        let own = Array(rest[..<reader.position])
        let signature = isSigned && isRecordSigned ? try StreamSignature(parsing: &reader).bytes : nil
        offset += reader.position
        return Record(bytes: own, comparable: comparable.bytes, signature: signature)
    }
}
