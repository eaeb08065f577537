/// When requests are due, and which part of a run is measured: no clock, no socket. Times are nanoseconds of one
/// clock.
struct LoadPlan: Sendable {
    enum Phase: Sendable, Equatable {
        case sending, draining, finished
    }

    private let workload: Workload
    private let start: UInt64
    /// Requests scheduled from here on are measured.
    let measuredFrom: UInt64
    private let plannedEnd: UInt64
    private let timeout: UInt64
    /// Open loop: requests sent or being sent.
    private var scheduledCount = 0
    private var measuredCount = 0
    /// When the measured time ended.
    private var end: UInt64?
    private var drainingSince: UInt64 = 0

    init(_ workload: Workload, start: UInt64) {
        self.workload = workload
        self.start = start
        measuredFrom = start + UInt64(workload.warmUpSeconds * 1e9)
        plannedEnd = measuredFrom + UInt64(workload.seconds * 1e9)
        timeout = UInt64(workload.timeout * 1e9)
    }

    /// The scheduled time of the next request when it is due by `now`, and counts it as sent. In the closed loop a
    /// request is due whenever there is room.
    mutating func next(now: UInt64) -> UInt64? {
        guard phase(now: now, underWay: 1) == .sending else { return nil }
        let due: UInt64
        switch workload.pace {
        case .window: due = now
        case .rate:
            due = nextDue ?? now
            guard due <= now, due < plannedEnd else { return nil }
            scheduledCount += 1
        }
        if due >= measuredFrom { measuredCount += 1 }
        return due
    }

    /// Open loop: when the next request is due.
    var nextDue: UInt64? {
        guard case .rate(let rate) = workload.pace else { return nil }
        return start + UInt64(Double(scheduledCount) * 1e9 / rate)
    }

    /// Where the run is. In the open loop what was due before the end is still sent after it, for one time-out.
    /// Draining lasts until nothing is under way, one time-out at most.
    mutating func phase(now: UInt64, underWay: Int) -> Phase {
        guard let end else {
            let isTimeOver = now >= plannedEnd && (dueCount <= scheduledCount || now > plannedEnd + timeout)
            guard isTimeOver || measuredCount >= workload.requestCount else { return .sending }
            drainingSince = now
            end = dueCount > 0 && isTimeOver ? plannedEnd : max(now, measuredFrom)
            return .draining
        }
        return underWay == 0 || now > max(end, drainingSince) + timeout ? .finished : .draining
    }

    /// Open loop: requests that are due before the end; 0 in the closed loop.
    private var dueCount: Int {
        guard case .rate(let rate) = workload.pace else { return 0 }
        return Int((Double(plannedEnd - start) * rate / 1e9).rounded(.down))
    }

    func isMeasured(_ scheduled: UInt64) -> Bool { scheduled >= measuredFrom }

    /// Sent before this: lost.
    func deadline(now: UInt64) -> UInt64 { now > timeout ? now - timeout : 0 }

    var measuredSeconds: Double {
        guard let end else { return 0 }
        return Double(end - measuredFrom) / 1e9
    }

    /// Open loop: requests that were due before the end and never sent.
    var unsentCount: Int { measuredCount >= workload.requestCount ? 0 : max(0, dueCount - scheduledCount) }
}
