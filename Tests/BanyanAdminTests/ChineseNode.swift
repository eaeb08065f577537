import BanyanAdmin
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol
import Testing

/// A service that has the prefix of the Chinese clients' recordings.
struct ChineseNode {
    let service: ServiceOverDataset
    let keys: ChineseKeys

    init(ciphers: SessionCiphers = .usual) throws {
        service = try ServiceOverDataset(ciphers: ciphers)
        keys = try ChineseKeys()
        try submit(keys.records)
    }

    func submit(_ set: ChangeSet) throws {
        let rejection = try service.registrar.submit(set).rejections.first
        if let rejection { throw rejection.error }
    }

    /// A client of it on a connection of that number.
    func client(_ file: String, connection: UInt64, isSecure: Bool = false) -> ChineseClient {
        let peer = Peer(
            addressHigh: 0, addressLow: 0xFFFF_7F00_0001, port: UInt16(truncatingIfNeeded: 40_000 + connection),
            connection: connection, isSecure: isSecure)
        return ChineseClient(keys, file) { request in
            try #require(service.answers(request, from: peer).first)
        }
    }
}
