import Foundation

/// A set that is on its way to its commit, for whoever waits for it.
///
/// Sendable: the result is written once, before the signal that every reader waits for.
public final class Submission: @unchecked Sendable {
    public typealias Completion = @Sendable (Result<ChangeSetResult, SubmissionError>) -> Void

    let changeSet: ChangeSet
    private let completion: Completion?
    private var result: Result<ChangeSetResult, SubmissionError> = .failure(.closed)
    /// Where somebody waits; who is told waits for nothing.
    private let done: DispatchSemaphore?

    /// - Parameter completion: told of the result, by the thread that gives it out, which waits meanwhile.
    public init(_ changeSet: ChangeSet, completion: Completion? = nil) {
        self.changeSet = changeSet
        self.completion = completion
        done = completion == nil ? DispatchSemaphore(value: 0) : nil
    }

    /// A set with at most this many changes goes before the chunks of bulk loads.
    public static let registrationChangeCountMax = 64

    var isBulk: Bool { changeSet.changeCount > Self.registrationChangeCountMax }

    /// Gives the result out; once only.
    public func finish(_ result: Result<ChangeSetResult, SubmissionError>) {
        self.result = result
        done?.signal()
        completion?(result)
    }

    /// Waits until the set is committed, or refused as a whole; not for a submission with a completion.
    public func wait() throws(SubmissionError) -> ChangeSetResult {
        done?.wait()
        done?.signal()
        return try result.get()
    }
}
