import ArgumentParser

/// How a verb ends. Scripts rely on these numbers.
enum ExitCode: Int32 {
    case done = 0
    /// The answer is negative: not found, not identical, check failed.
    case negative = 1
    /// Wrong usage or configuration.
    case usage = 2
    /// Partly done: some rows were rejected.
    case partly = 3
    /// The other side could not be reached.
    case unreachable = 4
    /// Storage is damaged or failing.
    case storage = 5
    /// The data directory is in use by another node.
    case inUse = 6
}

/// Ends a verb with a code, and says why on standard error unless that has been said.
struct Failure: Error {
    var code: ExitCode
    var message: String?

    init(_ code: ExitCode, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}
