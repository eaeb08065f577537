import BanyanIndex
import HandleProtocol

/// The life of an identifier: taken out of use, and back.
extension ChangeRules {
    /// Suspends, withdraws or resumes a handle. Its own values are kept; what is answered instead is stored in the
    /// record with them, so that answering costs what it always does.
    ///
    ///  1. Already so: unchanged, and so are date and reason.
    ///  2. What is withdrawn cannot be suspended: it would be less.
    ///  3. Also under a prefix that is suspended, or not homed any more.
    mutating func setState(_ change: borrowing ChangeView, by origin: borrowing Origin) throws -> ChangeOutcome {
        guard let state = RecordState(rawValue: change.option) else { throw RegistrationError.malformedValue }
        let payload = change.payload
        let reasonByteCount = min(Int(change.position), payload.byteCount)
        let reason = payload.extracting(0..<reasonByteCount)
        guard reason.byteCount <= Self.reasonByteCountMax, NameRules.isLine(reason) else {
            throw RegistrationError.invalidReason
        }
        try select(change.handle, requiresHome: false)
        guard let current = Self.life(of: writer) else { throw RegistrationError.handleNotFound }
        guard current != state else { return .unchanged }
        guard current != .withdrawn || state == .active else { throw RegistrationError.handleWithdrawn }
        let answered = payload.extracting(reasonByteCount..<payload.byteCount)
        let origin = origin.giving(reason: reason)
        if state == .active || answered.byteCount > 0 {
            try storeState(state, answered, by: origin)
        } else {
            let status = statusValue(state, reason)
            try storeState(state, status.rawSpan, by: origin)
        }
        return .replaced
    }

    /// Longest reason, in bytes.
    static let reasonByteCountMax = 255
    /// Most bytes of values that are answered in place of a handle's own.
    static let answeredByteCountMax = 4_096

    /// What has become of the selected handle; nil where there is none.
    static func life(of writer: borrowing IndexWriter) -> RecordState? {
        guard let current = writer.current, !current.flags.contains(.deleted) else { return nil }
        return current.state
    }

    /// Refuses to change what is out of use: it is resumed first.
    static func checkActive(_ writer: borrowing IndexWriter) throws(RegistrationError) {
        switch life(of: writer) {
        case .active: return
        case .suspended: throw .handleSuspended
        case .withdrawn: throw .handleWithdrawn
        case nil: throw .handleNotFound
        }
    }

    /// What is answered by default: one public value that says what happened, on which day (UTC), and why.
    private func statusValue(_ state: RecordState, _ reason: RawSpan) -> [UInt8] {
        let day = Timestamp(secondsSince1970: now).description.prefix(10)
        var text = Array("\(state) \(day)".utf8)
        if reason.byteCount > 0 { text += [0x20] + reason.array }
        var writer = ByteWriter()
        HandleValue(
            index: 1, timestamp: now, timeToLive: .seconds(3_600), type: Array("STATUS".utf8), data: text
        ).write(to: &writer)
        return writer.bytes
    }

    /// Stores the selected handle's own values again, under its name, in another state.
    private mutating func storeState(
        _ state: RecordState, _ answered: RawSpan, by origin: borrowing Origin
    ) throws {
        let name = Self.copyOwnValues(writer, key, into: &values)
        var own = ScratchBytes(capacity: 16)
        swap(&own, &values)
        defer { swap(&own, &values) }
        let summary = try valueRules.check(own.bytes)
        let operation: JournalOperation =
            switch state {
            case .active: .resumeHandle
            case .suspended: .suspendHandle
            case .withdrawn: .withdrawHandle
            }
        try store(operation, name.rawSpan, own.bytes, summary, as: state, answering: answered, by: origin)
    }

    /// The selected handle's own values into `values`; its name as registered.
    private static func copyOwnValues(
        _ writer: borrowing IndexWriter, _ key: borrowing IndexKey, into values: inout ScratchBytes
    ) -> [UInt8] {
        values.removeAll()
        guard let current = writer.current else { return key.name.array }
        values.write(raw: current.ownValues)
        return current.name?.array ?? key.name.array
    }
}
