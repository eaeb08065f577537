import BanyanIndex
import CLinux
import HandleProtocol
import Synchronization

/// The server's own state, in the two values that the reference has of it, for the server's administrators: memory in
/// bytes, time since the start in milliseconds, requests that came this way, and the journal's last sequence.
final class ServerStatus: Sendable {
    private let started = Moment().instant
    private let requestCount = Atomic<UInt64>(0)

    static func isNamed(by handle: [UInt8]) -> Bool {
        HandleCase.folded(handle) == Array("0.SITE/STATUS".utf8)
    }

    /// One more request that took this way; resolutions that the doors answer are not among them.
    func countRequest() { requestCount.wrappingAdd(1, ordering: .relaxed) }

    func values(in snapshot: borrowing IndexSnapshot, at now: Moment) throws(IndexError) -> [HandleValue] {
        let total = cl_memory_byte_count()
        let server =
            "freemem=\(cl_free_memory_byte_count()); totalmem=\(total); maxmem=\(total); "
            + "runtime=\(Int((now.instant - started) / .milliseconds(1))); "
            + "numreqs=\(requestCount.load(ordering: .relaxed))"
        let replication = "{\"latestTxnId\":\(try snapshot.journalHead().sequence)}"
        return [
            Self.value(index: 1, type: "CNRI.SERVER_STATUS", server),
            Self.value(index: 3, type: "CNRI.REPLICATION_STATUS", replication),
        ]
    }

    private static func value(index: UInt32, type: String, _ text: String) -> HandleValue {
        HandleValue(
            index: index, permissions: [.administratorRead, .administratorWrite], type: Array(type.utf8),
            data: Array(text.utf8))
    }
}
