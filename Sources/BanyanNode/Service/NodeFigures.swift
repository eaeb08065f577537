import BanyanIndex
import BanyanTransport

/// What a serving node says about itself: what it holds, and what its doors have counted since the start.
struct NodeFigures: Sendable {
    let index: HandleIndex
    let transport: NodeTransport
    private let start = ContinuousClock.now

    init(index: HandleIndex, transport: NodeTransport) {
        self.index = index
        self.transport = transport
    }

    var json: JSONText {
        let events = TransportEvent.allCases.map { ($0.name, JSONText.count(transport.counters[$0])) }
        return .object([
            ("pid", .count(SystemProcess.identifier)),
            ("uptimeSeconds", .count(start.duration(to: .now).components.seconds)),
            ("events", .object(events)),
        ])
    }
}
