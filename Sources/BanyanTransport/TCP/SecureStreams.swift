import NIOCore

/// What goes on inside TLS: event loops, their listeners, and connections on which it begins later.
struct SecureStreams: Sendable {
    private let loops: EventLoopServices
    private let listeners: [StreamListener]

    static func open(_ services: TransportServices) async throws -> SecureStreams {
        let loops = try await EventLoopServices.start(services)
        var listeners: [StreamListener] = []
        do {
            for endpoint in services.certificate == nil ? [] : services.configuration.secureListen {
                listeners.append(try await StreamListener.bind(endpoint, on: loops))
            }
        } catch {
            await SecureStreams(loops: loops, listeners: listeners).close(until: .now())
            throw error
        }
        return SecureStreams(loops: loops, listeners: listeners)
    }

    /// In the order of the configuration.
    var endpoints: [Endpoint] { listeners.map(\.endpoint) }

    func adopt(_ moved: MovedConnection) { loops.adopt(moved) }

    /// Accepts no more, and lets connections finish what is in work; what is not finished by `deadline` is cut.
    func close(until deadline: NIODeadline) async {
        for listener in listeners { await listener.close() }
        await loops.drain(until: deadline)
    }
}
