internal import HandleClient
internal import NIOCore
internal import NIOPosix

/// Asks a Handle server as fast, or as often, as a workload says.
public enum LoadGenerator {
    /// Runs to the end of the workload: warm-up, measured time, one time-out for what is still under way.
    public static func run(_ workload: Workload, keys: KeySet, target: LoadTarget) async throws -> LoadResult {
        try workload.check()
        guard !keys.isEmpty else { throw BenchError.noKeys("the key set") }
        let remote = try target.address.socketAddress()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let promise = loop.makePromise(of: LoadResult.self)
        loop.execute {
            LoadDriver(workload, keys: keys, target: target.address, remote: remote, on: loop, promise: promise).start()
        }
        do {
            let result = try await promise.futureResult.get()
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}
