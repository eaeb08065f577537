import Dispatch

/// Threads for what is tested inside this process: those of Swift's tasks are blocked by tests that wait for programs.
public final class OwnThreads: TaskExecutor {
    public static let shared = OwnThreads()
    private let queue = DispatchQueue(label: "tests", attributes: .concurrent)

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
