import BanyanTransport

/// The file that says that every listener answers: `{"pid":…,"udp":["127.0.0.1:40001"],"tcp":[…],"tls":[…],
/// "http":[…],"https":[…]}`; the last three where there is such a listener.
enum ReadyFile {
    static func text(_ addresses: NodeTransport.BoundAddresses, http: [Endpoint], https: [Endpoint]) -> String {
        func list(_ endpoints: [Endpoint]) -> JSONText { .array(endpoints.map { .string($0.description) }) }
        var members: [(String, JSONText)] = [
            ("pid", .count(SystemProcess.identifier)), ("udp", list(addresses.udp)), ("tcp", list(addresses.tcp)),
        ]
        if !addresses.tls.isEmpty { members.append(("tls", list(addresses.tls))) }
        if !http.isEmpty { members.append(("http", list(http))) }
        if !https.isEmpty { members.append(("https", list(https))) }
        return JSONText.object(members).text + "\n"
    }

    /// Whole or not at all, so that whoever waits for it never reads half of it.
    static func write(
        _ addresses: NodeTransport.BoundAddresses, http: [Endpoint], https: [Endpoint], to path: String
    ) throws(SystemError) {
        try SystemFile.write(Array(text(addresses, http: http, https: https).utf8), to: path, mode: 0o644)
    }
}
