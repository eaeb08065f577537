import Testing

@testable import BanyanBench

@Suite("When requests are due")
struct LoadPlanTests {
    private func workload(_ pace: Workload.Pace, count: Int = .max) -> Workload {
        var workload = Workload()
        workload.pace = pace
        workload.warmUpSeconds = 1
        workload.seconds = 2
        workload.timeout = 0.5
        workload.requestCount = count
        return workload
    }

    @Test("open loop: requests keep their scheduled times, however late the clock is looked at")
    func schedule() {
        var plan = LoadPlan(workload(.rate(1_000)), start: 0)
        let times = (0..<5).map { _ in plan.next(now: 500_000_000) }
        #expect(times == [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000])
    }

    @Test("open loop: nothing is due before its time")
    func notYet() {
        var plan = LoadPlan(workload(.rate(10)), start: 0)
        let times = [plan.next(now: 0), plan.next(now: 99_999_999)]
        #expect(times == [0, nil])
        #expect(plan.nextDue == 100_000_000)
        let due = plan.next(now: 100_000_000)
        #expect(due == 100_000_000)
    }

    @Test("the warm-up is not measured")
    func warmUp() {
        let plan = LoadPlan(workload(.window(1)), start: 5)
        #expect(!plan.isMeasured(1_000_000_004))
        #expect(plan.isMeasured(1_000_000_005))
    }

    @Test("a run ends after its time, when all answers are there")
    func ending() {
        var plan = LoadPlan(workload(.window(1)), start: 0)
        let before = [plan.phase(now: 2_999_999_999, underWay: 3), plan.phase(now: 3_000_000_000, underWay: 3)]
        #expect(before == [.sending, .draining])
        let more = plan.next(now: 3_000_000_001)
        #expect(more == nil)
        let after = plan.phase(now: 3_100_000_000, underWay: 0)
        #expect(after == .finished)
        #expect(plan.measuredSeconds == 2)
    }

    @Test("a run ends one time-out after its time, when answers are missing")
    func drainingEnds() {
        var plan = LoadPlan(workload(.window(1)), start: 0)
        let phases = [3_000_000_000, 3_500_000_000, 3_500_000_001].map { plan.phase(now: $0, underWay: 3) }
        #expect(phases == [.draining, .draining, .finished])
    }

    @Test("a run ends after its count")
    func count() {
        var plan = LoadPlan(workload(.window(10), count: 2), start: 0)
        let times = [0, 1_000_000_000, 1_000_000_001, 1_000_000_002].map { plan.next(now: $0) }
        #expect(times == [0, 1_000_000_000, 1_000_000_001, nil])
        let phase = plan.phase(now: 1_000_000_003, underWay: 0)
        #expect(phase == .finished)
    }

    @Test("open loop: what was due and never sent is told")
    func unsent() {
        var plan = LoadPlan(workload(.rate(100)), start: 0)
        for _ in 0..<250 { _ = plan.next(now: 2_999_000_000) }
        let phases = [3_000_000_000, 3_500_000_000, 3_500_000_001].map { plan.phase(now: $0, underWay: 1) }
        #expect(phases == [.sending, .sending, .draining])
        #expect(plan.unsentCount == 50)
        #expect(plan.measuredSeconds == 2)
    }

    @Test("open loop: what was due before the end is sent after it, and nothing that was not")
    func lateSending() {
        var plan = LoadPlan(workload(.rate(100)), start: 0)
        for _ in 0..<299 { _ = plan.next(now: 2_999_000_000) }
        let last = [plan.next(now: 3_100_000_000), plan.next(now: 3_200_000_000)]
        #expect(last == [2_990_000_000, nil])
        let phase = plan.phase(now: 3_200_000_000, underWay: 1)
        #expect(phase == .draining)
        #expect(plan.unsentCount == 0)
    }

    @Test(
        "a workload that would not end is refused",
        arguments: [
            { (workload: inout Workload) in workload.seconds = 0 },
            { workload in workload.seconds = 4_000 },
            { workload in workload.pace = .window(0) },
            { workload in workload.pace = .rate(0) },
            { workload in workload.pace = .rate(.nan) },
            { workload in workload.popularity = .zipf(-1) },
            { workload in workload.requestCount = 0 },
            { workload in workload.connectionCount = 0 },
            { workload in workload.timeout = 100 },
        ] as [@Sendable (inout Workload) -> Void])
    func bounds(change: @Sendable (inout Workload) -> Void) {
        var workload = Workload()
        change(&workload)
        #expect(throws: BenchError.self) { try workload.check() }
    }
}
