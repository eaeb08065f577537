// BanyanResolver: the hot path. A function from request bytes and a snapshot to response bytes.
//
// It knows no socket, no lock and no clock, and allocates nothing for a request. It may import HandleProtocol,
// BanyanIndex and, for digests, OpenSSL.
//
//   Resolver            frame checks and dispatch          RFC 3652 §2.2, §2.3
//   Resolution          the query, step by step            RFC 3652 §3.2
//   PrefixRouting       ours, another's, referral          RFC 3652 §3.4, RFC 3651 §4
//   ValueSelection      which values a query gets          RFC 3652 §3.2.1
//   ResponseHead        envelope, header, digest           RFC 3652 §2.2
public import BanyanIndex
internal import HandleProtocol
internal import OpenSSL

/// Answers requests from a snapshot. One a thread: it owns the key that it looks up and the digests that it makes.
public struct Resolver: ~Copyable {
    /// A buffer of this size holds every answer.
    public static let largestResponseByteCount = Envelope.byteCount + Limits.messageByteCount

    public internal(set) var counters = ResolverCounters()
    /// The key of the last record that could not be read, for whoever logs; nil when it has been taken.
    public internal(set) var damagedKey: [UInt8]?
    var key = IndexKey()
    let digests = DigestContext()
    let handsOffSignatures: Bool
    var table: LookupTable
    let changes: ChangeNumbers?
    /// The hash that `changes` goes by.
    private let names: NameHash
    /// The newest commit that the snapshot of this batch is sure to know.
    var known: UInt64 = 0

    /// - Parameters:
    ///   - handsOffSignatures: false for whoever signs answers and wants them unsigned first.
    ///   - changes: What the commit thread tells of; without it there is no table.
    ///   - tableByteCount: Memory for records in front of the index; below 64 KiB there is no table.
    public init(handsOffSignatures: Bool = true, changes: ChangeNumbers? = nil, tableByteCount: Int = 0) {
        self.handsOffSignatures = handsOffSignatures
        self.changes = changes
        names = changes?.names ?? NameHash(seed: 0)
        table = LookupTable(byteCount: changes == nil ? 0 : tableByteCount)
    }

    /// Whether records are kept in front of the index.
    public var hasTable: Bool { table.isOn }

    /// Renews the snapshot for a batch of requests that has been received. To be used instead of the snapshot's own
    /// `renew`: what goes into the table is marked with a commit that was published before.
    public mutating func renew(_ snapshot: inout IndexSnapshot) throws(IndexError) {
        if let changes { known = changes.published }
        try snapshot.renew()
    }

    /// Looks ahead: a hash of the handle that a request asks for, whose slots in the table are on their way. Requests
    /// of other kinds, or no table: 0.
    @inline(__always)
    public func lookAhead(_ bytes: RawSpan) -> UInt64 {
        guard table.isOn, bytes.bigEndianUInt32(at: Envelope.byteCount) == OpCode.resolution.rawValue
        else { return 0 }
        let start = Request.bodyOffset &+ 4
        let byteCount = Int(bytes.bigEndianUInt32(at: Request.bodyOffset))
        guard byteCount > 0, byteCount <= IndexKey.plainByteCountMax, start &+ byteCount <= bytes.byteCount else {
            return 0
        }
        let hash = names.hash(folding: bytes.extracting(start..<start &+ byteCount))
        table.prefetchSlots(of: hash)
        return hash
    }

    /// Looks further ahead: the entry that the hash leads to is on its way.
    @inline(__always)
    public func lookAhead(at hash: UInt64) {
        // Looking for changes now also brings their row near for when the entry is used.
        if hash != 0, lastChange(of: hash) <= known { table.prefetchEntry(of: hash) }
    }

    /// The hash by which the table and the changes know a folded name.
    @inline(__always)
    func hash(_ key: RawSpan) -> UInt64 { names.hash(folded: key) }

    /// The newest commit that has changed, or is about to change, a name of this hash. Read through the property: a
    /// copy of the reference would be counted for each request.
    @inline(__always)
    func lastChange(of hash: UInt64) -> UInt64 { changes?.number(of: hash) ?? .max }

    /// What was counted since the last call.
    public mutating func takeCounters() -> ResolverCounters {
        defer { counters = ResolverCounters() }
        return counters
    }

    /// The damaged key, once.
    public mutating func takeDamagedKey() -> [UInt8]? {
        damagedKey.take()
    }

    /// Answers one request.
    ///
    ///  1. Less than an envelope: silence.
    ///  2. Not a request (an answer, or operation 0): silence on datagrams, an error and the end on streams; two
    ///     servers that answer each other's errors never stop.
    ///  3. A message length that cannot be, or that is not what came: protocol error.
    ///  4. A body or credential that outruns its message: protocol error.
    ///  5. Resolution and site information are answered, everything else is handed off.
    ///
    /// - Parameters:
    ///   - now: Seconds since 1970.
    ///   - response: Appended to; empty when called.
    @_lifetime(response: copy response)
    public mutating func answer(
        _ bytes: RawSpan, over transport: TransportKind, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        guard let envelope = try? Envelope(parsing: bytes) else { return drop() }
        // What looks like a header there is none.
        if envelope.flags.contains(.encrypted), lengthError(envelope, received: bytes.byteCount) == nil {
            return handOff(.session)
        }
        let isHeaderHere = bytes.byteCount >= 28
        let opCode = OpCode(rawValue: bytes.bigEndianUInt32(at: Envelope.byteCount))
        if isHeaderHere && (opCode.rawValue == 0 || bytes.bigEndianUInt32(at: 24) != 0) {
            guard transport == .stream else { return drop() }
            let error = WireError(.malformed, field: opCode.rawValue == 0 ? "operation" : "response code", offset: 20)
            return refuse(envelope, opCode, error, from: snapshot, at: now, into: &response) ?? .replyAndClose
        }
        if let error = lengthError(envelope, received: bytes.byteCount) {
            return refuse(envelope, opCode, error, from: snapshot, at: now, into: &response) ?? .replyAndClose
        }
        let header: MessageHeader
        do throws(WireError) {
            header = try MessageHeader(parsing: bytes.extracting(droppingFirst: Envelope.byteCount), base: 20)
            try checkFrame(bytes, header)
        } catch {
            let outcome: Outcome = error.field == "body length" ? .replyAndDistrust : .reply
            return refuse(envelope, opCode, error, from: snapshot, at: now, into: &response) ?? outcome
        }
        return dispatch(
            Request(bytes: bytes, envelope: envelope, header: header), from: snapshot, at: now, into: &response)
    }

    @inline(__always)
    @_lifetime(response: copy response)
    private mutating func dispatch(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        let mustBeSigned = handsOffSignatures && request.header.flags.contains(.certify)
        switch request.header.opCode {
        case .resolution:
            if request.envelope.sessionID != 0 { return handOff(.session) }
            return mustBeSigned ? handOff(.signature) : resolve(request, from: snapshot, at: now, into: &response)
        case .getSiteInfo:
            return mustBeSigned ? handOff(.signature) : describeSite(request, from: snapshot, at: now, into: &response)
        default:
            return handOff(.administration)
        }
    }

    /// The node's own site record (RFC 3652 §3.3). The request's body is not looked at: many clients send none.
    @_lifetime(response: copy response)
    private mutating func describeSite(
        _ request: borrowing Request, from snapshot: borrowing IndexSnapshot, at now: UInt32,
        into response: inout OutputRawSpan
    ) -> Outcome {
        let record = snapshot.siteRecord
        let head = ResponseHead(to: request, .success, site: snapshot.site, now: now)
        guard head.write(bodyByteCount: record.byteCount, digestOf: request, by: digests, into: &response),
            response.write(raw: record), response.write(UInt32(0))
        else { return tooLong() }
        counters.siteInfo &+= 1
        return .reply
    }

    /// What is wrong with the length that the envelope announces, if anything.
    @inline(__always)
    private func lengthError(_ envelope: Envelope, received: Int) -> WireError? {
        let announced = envelope.messageByteCount
        guard announced >= UInt32(MessageHeader.byteCount), announced <= UInt32(Limits.messageByteCount) else {
            return WireError(.outOfRange, field: "message length", offset: 16)
        }
        return Int(announced) &+ Envelope.byteCount > received
            ? WireError(.truncated, field: "message", offset: received) : nil
    }

    /// That body and credential lie inside the message (RFC 3652 §2.2.2, §2.2.4). A message that ends behind its body
    /// has no credential; bytes behind the credential are nobody's and ignored.
    @inline(__always)
    private func checkFrame(_ bytes: RawSpan, _ header: MessageHeader) throws(WireError) {
        let behindHeader = bytes.byteCount &- Request.bodyOffset
        let announced = Int(bytes.bigEndianUInt32(at: 16)) &- MessageHeader.byteCount
        let body = Int(header.bodyByteCount)
        guard body <= announced, announced <= behindHeader else {
            throw WireError(.outOfRange, field: "body length", offset: 40)
        }
        let left = announced &- body
        if left == 0 { return }
        let offset = Request.bodyOffset &+ body
        guard left >= 4 else { throw WireError(.truncated, field: "credential length", offset: offset) }
        guard Int(bytes.bigEndianUInt32(at: offset)) <= left &- 4 else {
            throw WireError(.outOfRange, field: "credential length", offset: offset)
        }
    }

    /// Answers with a protocol error that names field and offset; nil when that was done.
    @_lifetime(response: copy response)
    mutating func refuse(
        _ envelope: Envelope, _ opCode: OpCode, _ error: WireError, from snapshot: borrowing IndexSnapshot,
        at now: UInt32, into response: inout OutputRawSpan
    ) -> Outcome? {
        counters.protocolErrors &+= 1
        let text = ErrorText(error)
        let head = ResponseHead(toFaulty: envelope, opCode: opCode, .protocolError, site: snapshot.site, now: now)
        guard head.write(bodyByteCount: 4 &+ text.byteCount, into: &response), text.write(to: &response),
            response.write(UInt32(0))
        else { return tooLong() }
        return nil
    }

    mutating func handOff(_ reason: HandOff) -> Outcome {
        counters.handedOff &+= 1
        return .handOff(reason)
    }

    mutating func tooLong() -> Outcome {
        counters.tooLong &+= 1
        return .tooLong
    }

    private mutating func drop() -> Outcome {
        counters.dropped &+= 1
        return .drop
    }
}
