import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// What is listed, and where the list goes on.
enum HandleListing: Sendable {
    /// Names in one range of the index.
    case records(RecordRange)
    case homedPrefixes

    /// Names in one message, as the reference has them.
    static let pageCount = 50
}

extension Evaluation {
    /// Lists the handles under a prefix, or the prefixes below it (RFC 3652 §3.7; DO-IRP 3.0): for who has "list
    /// handles" of the prefix. `0.NA/0.NA/P` asks for the prefixes below `P` as well.
    mutating func list(
        _ body: HandleRequest, derived: Bool, in snapshot: borrowing IndexSnapshot
    ) throws(Refusal) -> Plan {
        let (prefix, isDerived) = try listedPrefix(body.handle, derived: derived)
        let isHomed =
            isDerived
            ? Responsibility.of(prefix.handle.bytes, in: snapshot) == .here
            : snapshot.prefix(prefix.bytes.rawSpan) != nil
        guard isHomed else { throw Refusal(.serverNotResponsible, "That prefix doesn't live here") }
        guard isAskerKnown else { return .needsProof }
        if try !authority.isAdministrator(of: prefix.handle.bytes, with: .listHandles, in: snapshot) {
            try requireServerAdministrator(in: snapshot)
        }
        return .list(.records(isDerived ? .prefixes(derivedFrom: prefix.bytes) : .handles(under: prefix.bytes)))
    }

    private func listedPrefix(_ handle: [UInt8], derived: Bool) throws(Refusal) -> (Prefix, isDerived: Bool) {
        let name = Handle(handle).folded()
        guard name.isPrefix else { throw Refusal(.invalidHandle, "Handle is not a prefix handle") }
        let inner = Handle(name.localName)
        if name.localName.contains(UInt8(ascii: "/")), inner.isPrefix, let prefix = Prefix(inner.localName) {
            return (prefix, true)
        }
        guard let prefix = Prefix(handle) else { throw Refusal(.invalidHandle) }
        return (prefix, derived)
    }
}

extension HandleListing {
    /// The next names, at most `pageCount`, and what is left; nil when that was all.
    func page(in snapshot: borrowing IndexSnapshot) throws(IndexError) -> ([[UInt8]], rest: HandleListing?) {
        switch self {
        case .homedPrefixes:
            return (try snapshot.prefixes().map { Array("0.NA/".utf8) + $0.name }, nil)
        case .records(let range):
            var names: [[UInt8]] = []
            var last: [UInt8] = []
            var walk = try snapshot.records(in: range)
            // One more than fits tells whether anything follows.
            while let entry = try walk.next() {
                guard names.count < Self.pageCount else { return (names, .records(range.continuing(after: last))) }
                last = entry.key.array
                names.append(entry.listedName)
            }
            return (names, nil)
        }
    }
}

extension RecordEntry {
    /// The folded name: the key, or, where that is cut, the name as registered, folded alike.
    var listedName: [UInt8] {
        guard key.byteCount > IndexKey.plainByteCountMax, let name = record.name else { return key.array }
        let bytes = name.array
        let folded = HandleCase.folded(bytes)
        // The cut key's beginning tells by which rule it was folded.
        guard !folded.starts(with: key.array.prefix(IndexKey.cutByteCount)) else { return folded }
        return HandleCase.folded(bytes, rule: .sensitiveLocalName)
    }
}
