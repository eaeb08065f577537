import NIOCore
import NIOPosix

/// The stream workers of all addresses, one thread each.
final class StreamWorkerGroup: Sendable {
    private let listeners: [StreamListeningSocket]
    private let mailboxes: [StreamMailbox]
    private let threads: NIOThreadPool
    private let services: TransportServices

    init(_ listeners: [StreamListeningSocket], _ services: TransportServices) {
        self.listeners = listeners
        self.services = services
        mailboxes = (0..<max(1, services.configuration.workerCount)).map { _ in StreamMailbox() }
        threads = NIOThreadPool(numberOfThreads: mailboxes.count)
    }

    /// Starts the threads; returns when each has its snapshot and waits for connections.
    func start(_ secureStreams: SecureStreams?) async throws {
        threads.start()
        for mailbox in mailboxes {
            try await withCheckedThrowingContinuation { (started: CheckedContinuation<Void, any Error>) in
                threads.submit { [listeners, services] _ in
                    do {
                        let worker = try StreamWorker(listeners, mailbox, secureStreams, services)
                        started.resume()
                        worker.run()
                    } catch {
                        started.resume(throwing: error)
                    }
                }
            }
        }
    }

    /// Takes no more connections, lets them finish what is in work, cuts those that have not by `deadline`, and ends
    /// the threads.
    func stop(until deadline: NIODeadline) async {
        for mailbox in mailboxes { mailbox.post { $0.drain(until: deadline) } }
        try? await threads.shutdownGracefully()
        for listener in listeners { listener.close() }
    }
}
