import BanyanTransport

/// The file that says that every listener answers: `{"pid":…,"udp":["127.0.0.1:40001"],"tcp":[…]}`.
enum ReadyFile {
    static func text(_ addresses: NodeTransport.BoundAddresses) -> String {
        JSONText.object([
            ("pid", .count(SystemProcess.identifier)),
            ("udp", .array(addresses.udp.map { .string($0.description) })),
            ("tcp", .array(addresses.tcp.map { .string($0.description) })),
        ]).text + "\n"
    }

    /// Whole or not at all, so that whoever waits for it never reads half of it.
    static func write(_ addresses: NodeTransport.BoundAddresses, to path: String) throws(SystemError) {
        try SystemFile.write(Array(text(addresses).utf8), to: path, mode: 0o644)
    }
}
