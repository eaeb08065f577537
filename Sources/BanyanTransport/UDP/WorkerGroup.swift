import NIOPosix

/// The datagram workers of all addresses, one thread each.
final class WorkerGroup: Sendable {
    private let sockets: [DatagramSocket]
    private let threads: NIOThreadPool
    private let services: TransportServices

    /// Opens nothing: `sockets` are bound already, several to a port.
    init(_ sockets: [DatagramSocket], _ services: TransportServices) {
        self.sockets = sockets
        self.services = services
        threads = NIOThreadPool(numberOfThreads: sockets.count)
    }

    /// Starts the threads; returns when each has its snapshot and waits for datagrams.
    func start() async throws {
        threads.start()
        for socket in sockets {
            try await withCheckedThrowingContinuation { (started: CheckedContinuation<Void, any Error>) in
                threads.submit { [services] _ in
                    do {
                        var worker = try DatagramWorker(socket, services)
                        started.resume()
                        worker.run()
                    } catch {
                        started.resume(throwing: error)
                    }
                }
            }
        }
    }

    /// Answers what has come, and ends the threads. The services must have been told to stop.
    func stop() async {
        for socket in sockets { socket.stopReceiving() }
        try? await threads.shutdownGracefully()
    }
}
