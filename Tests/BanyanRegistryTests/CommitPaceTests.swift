import Testing

@testable import BanyanRegistry

@Suite("How long the commit thread waits for more")
struct CommitPaceTests {
    @Test("somebody who is alone is never waited for")
    func alone() {
        var pace = CommitPace()
        #expect(pace.expectedCount == 1)
        pace.committed(1, in: .milliseconds(2), meanwhile: 0, isBulk: false)
        #expect(pace.expectedCount == 1)
        pace.committed(8, in: .milliseconds(2), meanwhile: 0, isBulk: true)
        #expect(pace.expectedCount == 0)
    }

    @Test("those who were answered and those who came meanwhile are expected, for half of what the disk took")
    func crowd() {
        var pace = CommitPace()
        pace.committed(100, in: .milliseconds(2), meanwhile: 28, isBulk: false)
        #expect(pace.expectedCount == 128)
        #expect(pace.patience == .milliseconds(1))
        pace.committed(1_024, in: .seconds(3), meanwhile: 500, isBulk: false)
        #expect(pace.expectedCount == CommitThread.setCountMax)
        #expect(pace.patience == CommitPace.patienceMax)
    }
}
