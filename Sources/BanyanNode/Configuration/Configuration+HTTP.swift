import BanyanHTTP
import BanyanTransport
import TLSChannel

extension Configuration {
    /// Takes addresses given by a verb's own argument in place of the option `http.listen`.
    public mutating func setHTTPListen(_ endpoints: [String]) throws(ConfigurationError) {
        try setEndpoints(endpoints, of: Options.httpListen, argument: "--http")
    }

    /// The settings as the HTTP listeners take them.
    /// - Throws: for an address that others reach: what is sent in clear there could be read on the way.
    /// - Parameter certificate: For the addresses of HTTPS.
    func http(certificate: CertificateReload? = nil) throws(ConfigurationError) -> HTTPConfiguration {
        let endpoints = texts(Options.httpListen).compactMap { Endpoint($0) }
        for endpoint in endpoints where !endpoint.address.isLoopback {
            throw ConfigurationError(
                .argument("--http"), key: Options.httpListen.name, "other machines reach \(endpoint)",
                accepted: "an address of this machine alone, such as 127.0.0.1:8000 or [::1]:8000")
        }
        var http = HTTPConfiguration(
            listeners: endpoints.map { endpoint in
                var listener = HTTPListener(endpoint)
                listener.takesClearCredentials = boolean(Options.httpClearCredentials)
                return listener
            })
        if let certificate {
            http.listeners += httpsListen.map { endpoint in
                var listener = HTTPListener(endpoint)
                listener.certificate = certificate
                return listener
            }
        }
        http.exempt = exemptNetworks
        http.idleTimeout = idleTimeout
        http.connectionCount = integer(Options.httpConnections)
        http.connectionsPerAddress = connectionsPerAddressMax
        http.requestsPerSecond = integer(Options.httpRate)
        http.requestBurst = integer(Options.httpBurst)
        return http
    }
}
