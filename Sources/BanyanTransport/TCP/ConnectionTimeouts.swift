import NIOCore

extension ConnectionStateMachine.Timeouts {
    init(_ configuration: TransportConfiguration) {
        self.init(
            message: TimeAmount(configuration.messageTimeout), write: TimeAmount(configuration.writeTimeout),
            idle: TimeAmount(configuration.idleTimeout), sessionIdle: TimeAmount(configuration.sessionIdleTimeout),
            linger: TimeAmount(configuration.lingerTimeout))
    }
}
