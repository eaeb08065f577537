import BanyanIndex
import HandleProtocol

extension Evaluation {
    /// Sends everything that the server has (opcode 1002), to those who may replicate.
    mutating func dumpHandles(_ body: DumpRequest, in snapshot: borrowing IndexSnapshot) throws(Refusal) -> Plan {
        guard identity != nil else { return .needsProof }
        try requireReplicationAdministrator(in: snapshot)
        return .stream(.dump(body))
    }
}
