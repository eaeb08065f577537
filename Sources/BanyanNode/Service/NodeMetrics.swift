import BanyanAdmin
import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import BanyanResolver
import BanyanTransport
import Foundation

/// The node's figures as metrics. Counters only rise; what the threads count by themselves is added up here.
struct NodeMetrics: Sendable {
    let registrar: Registrar
    let transport: NodeTransport
    let administration: AdminService
    let http: HTTPFigures
    private let start = Date().timeIntervalSince1970

    init(registrar: Registrar, transport: NodeTransport, administration: AdminService, http: HTTPFigures) {
        self.registrar = registrar
        self.transport = transport
        self.administration = administration
        self.http = http
    }

    var families: [MetricFamily] {
        node + doors + answers + store + process
    }

    private var node: [MetricFamily] {
        [
            .gauge(
                "banyan_build_info", "Version of the program that runs.", 1, labels: [("version", Version.number)]),
            .gauge("banyan_start_time_seconds", "When the node started, in seconds since 1970.", start),
        ]
    }

    private var doors: [MetricFamily] {
        let counters = transport.counters
        let sessions = administration.sessionFigures
        return [
            .counters(
                "banyan_transport_events", "What the doors for UDP, TCP and TLS have done and refused.", label: "event",
                TransportEvent.allCases.map { ($0.name, UInt64(counters[$0])) }),
            .gauge("banyan_sessions", "Sessions that are open.", Double(sessions.sessionsOpen)),
            .counter("banyan_logins", "Logins that were proven.", UInt64(sessions.logins)),
            .counter("banyan_logins_failed", "Logins that were not proven.", UInt64(sessions.loginsFailed)),
            .counters(
                "banyan_http_responses", "Responses over HTTP by status.", label: "status",
                http.responses.map { (String($0.status), $0.count) }),
            .histogram(
                "banyan_http_request_duration_seconds", "From a request's head to its response's head, over HTTP.",
                http.durations),
        ]
    }

    private var answers: [MetricFamily] {
        let counters = transport.resolverCounters
        return [
            .counters(
                "banyan_answers", "What the resolvers of the doors have answered.", label: "result",
                [
                    ("answered", counters.answered), ("handle_not_found", counters.handlesNotFound),
                    ("values_not_found", counters.valuesNotFound), ("not_responsible", counters.notResponsible),
                    ("referred", counters.referred), ("insufficient_permissions", counters.insufficientPermissions),
                    ("site_information", counters.siteInfo), ("protocol_error", counters.protocolErrors),
                    ("unsupported", counters.unsupported), ("dropped", counters.dropped),
                    ("handed_off", counters.handedOff), ("too_long", counters.tooLong),
                    ("damaged_record", counters.damaged),
                ])
        ]
    }

    private var store: [MetricFamily] {
        var families: [MetricFamily] = [
            .histogram(
                "banyan_commit_duration_seconds", "From a transaction's first change to its end on the disk.",
                registrar.commitDurations),
            .gauge(
                "banyan_storage_readonly", "1 when nothing is written since a write failed.",
                registrar.isReadOnly ? 1 : 0),
        ]
        guard let statistics = try? registrar.index.statistics() else { return families }
        families += [
            .gauge("banyan_records", "Records, those of deleted handles included.", Double(statistics.recordCount)),
            .gauge("banyan_prefixes", "Prefixes that have an entry.", Double(statistics.prefixCount)),
            .gauge("banyan_journal_entries", "Entries in the journal.", Double(statistics.journalCount)),
            .gauge("banyan_lmdb_map_bytes", "What the data file may grow to.", Double(statistics.mapByteCount)),
            .gauge(
                "banyan_lmdb_used_bytes", "Pages of the data file that are or were in use.",
                Double(statistics.usedByteCount)),
            .gauge("banyan_lmdb_readers", "Slots of readers taken at one time.", Double(statistics.readerCount)),
            .gauge("banyan_lmdb_readers_max", "Slots of readers that there are.", Double(statistics.readerCountMax)),
        ]
        if let head = try? registrar.index.snapshot().journalHead() {
            families.append(.gauge("banyan_journal_head", "Sequence of the last change.", Double(head.sequence)))
        }
        return families
    }

    /// By the names that every Prometheus client gives them.
    private var process: [MetricFamily] {
        var families: [MetricFamily] = []
        let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        if status.count > 1, let pages = Double(status[1]), let virtual = Double(status[0]) {
            families += [
                .gauge("process_resident_memory_bytes", "Memory that is resident.", pages * Self.pageByteCount),
                .gauge("process_virtual_memory_bytes", "Address space in use.", virtual * Self.pageByteCount),
            ]
        }
        if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            families.append(.gauge("process_open_fds", "Open descriptors.", Double(descriptors.count)))
        }
        return families
    }

    private static let pageByteCount = Double(sysconf(Int32(_SC_PAGESIZE)))
}
