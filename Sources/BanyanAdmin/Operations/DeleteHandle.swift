import BanyanIndex
import BanyanRegistry
import HandleProtocol

extension Evaluation {
    /// Deletes a handle (RFC 3652 §3.6.3), also one whose prefix is not homed any more: who has moved a prefix can
    /// clean up. A missing one is 100 to who has proven himself.
    mutating func delete(_ body: HandleRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        if Responsibility.of(body.handle, in: snapshot) == .suspended {
            throw Refusal(.serverNotResponsible, "Prefix suspended")
        }
        try referIfDelegated(body.handle, in: snapshot)
        guard isAskerKnown else { return .needsProof }
        guard let record = try authority.record(of: body.handle, in: snapshot) else {
            return try missing(in: snapshot)
        }
        try record.checkActive()
        try requireAdministrator(by: record.parsedValues(), with: .deleteHandle, in: snapshot)
        return .change(.delete(handle: body.handle))
    }
}
