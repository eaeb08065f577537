import Foundation

/// How often a test that kills what it tests does so: a few times with all other tests, a hundred times in
/// `make faults`.
public enum FaultRounds {
    /// The rounds, numbered, so that each may strike at another moment.
    public static func rounds(usual: Int) -> Range<Int> {
        let wanted = ProcessInfo.processInfo.environment["BANYAN_FAULT_ROUNDS"].flatMap { Int($0) }
        return 0..<max(1, wanted ?? usual)
    }
}
