import BanyanTransport
import TLSChannel

extension Configuration {
    /// Takes addresses given by a verb's own argument in place of the option `tls.listen`.
    public mutating func setTLSListen(_ endpoints: [String]) throws(ConfigurationError) {
        try setEndpoints(endpoints, of: Options.tlsListen, argument: "--tls")
    }

    /// Where the Handle protocol is spoken inside TLS.
    var secureListen: [Endpoint] { texts(Options.tlsListen).compactMap { Endpoint($0) } }

    /// Takes addresses given by a verb's own argument in place of the option `https.listen`.
    public mutating func setHTTPSListen(_ endpoints: [String]) throws(ConfigurationError) {
        try setEndpoints(endpoints, of: Options.httpsListen, argument: "--https")
    }

    /// Where HTTPS is spoken.
    var httpsListen: [Endpoint] { texts(Options.httpsListen).compactMap { Endpoint($0) } }
}

extension NodeDirectory {
    /// The files of the certificate for TLS and HTTPS, and of its key.
    func certificateFiles(_ configuration: Configuration) -> (certificate: String, key: String) {
        (file(configuration.text(Options.tlsCertificate)), file(configuration.text(Options.tlsKey)))
    }

    /// How the Handle protocol is spoken inside TLS.
    func handleSecurity(_ configuration: Configuration) throws(NodeError) -> TLSConfiguration {
        let authorities = configuration.text(Options.tlsClientAuthorities)
        let wish: TLSConfiguration.ClientCertificate
        switch configuration.text(Options.tlsClients) {
        case "optional", "required":
            guard !authorities.isEmpty else {
                throw .argument(
                    "tls.clients asks for certificates of authorities that are not given",
                    accepted: "tls.client-authorities, the path of a file")
            }
            let trust = TLSConfiguration.Trust.file(file(authorities))
            wish = configuration.text(Options.tlsClients) == "required" ? .required(trust) : .optional(trust)
        default: wish = .none
        }
        return try security(configuration, wish)
    }

    /// How HTTPS is spoken: HTTP/1.1 inside, with certificates that no authority need have signed.
    func httpsSecurity(_ configuration: Configuration) throws(NodeError) -> TLSConfiguration {
        let asksClients = configuration.text(Options.httpsClients) == "optional"
        var security = try security(configuration, asksClients ? .optional(.anyKey) : .none)
        security.protocols = ["http/1.1"]
        return security
    }

    /// The certificate in use, and its key, which only its owner may be able to read.
    private func security(
        _ configuration: Configuration, _ wish: TLSConfiguration.ClientCertificate
    ) throws(NodeError) -> TLSConfiguration {
        let files = certificateFiles(configuration)
        guard try system({ () throws(SystemError) in try SystemFile.isPrivate(files.key, followingLinks: true) }) else {
            throw .keyReadableByOthers(files.key)
        }
        return TLSConfiguration(.server(wish), certificateFile: files.certificate, keyFile: files.key)
    }

    /// The certificate that the upstream knows us by, and its key: those for TLS and HTTPS unless others are named.
    func upstreamFiles(_ configuration: Configuration) -> (certificate: String, key: String) {
        let (certificate, key) = (
            configuration.text(Options.upstreamCertificate), configuration.text(Options.upstreamKey)
        )
        guard !certificate.isEmpty else { return certificateFiles(configuration) }
        return (file(certificate), file(key.isEmpty ? certificate : key))
    }

    /// A path of the settings: a relative one begins at the data directory.
    func file(_ name: String) -> String { name.hasPrefix("/") ? name : path + "/" + name }
}
