import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import Dispatch
import HandleCrypto
import HandleProtocol
import Logging
import OpenSSL
import Synchronization

/// The service over the index that the golden exchanges were recorded against, without any socket. Its key is another
/// one than the reference's, so signatures are checked and not compared.
final class ServiceOverDataset: Sendable {
    static let peer = Peer(addressHigh: 0, addressLow: 0xFFFF_7F00_0001, port: 40_000)
    /// One for all tests that need no key or site of their own: filling an index takes a second.
    private static let shared = Result { try ServiceOverDataset() }

    static func get() throws -> ServiceOverDataset { try shared.get() }

    private let dataset: DatasetIndex
    let service: AdminService
    let publicKey: PublicKey
    var registrar: Registrar { dataset.registrar }

    init(
        key: PrivateKey? = nil, ciphers: SessionCiphers = .usual, editSite: ((inout Site) -> Void)? = nil
    ) throws {
        dataset = try DatasetIndex()
        if let editSite {
            var site = try Site(parsing: dataset.index.snapshot().siteRecord)
            editSite(&site)
            var set = ChangeSet(onConflict: .replace)
            set.append(.setSite(record: site.bytes, serverPosition: 0))
            if let rejection = try dataset.registrar.submit(set).rejections.first { throw rejection.error }
        }
        let key = try key ?? PrivateKey.generateRSA()
        publicKey = try key.publicKey()
        service = AdminService(
            registrar: dataset.registrar, signingKey: key, ciphers: ciphers,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func answer(
        _ request: [UInt8], over transport: TransportKind = .stream, from peer: Peer = ServiceOverDataset.peer
    ) throws -> Message? {
        guard let bytes = answers(request, over: transport, from: peer).first else { return nil }
        return try Message(parsing: bytes.rawSpan)
    }

    /// Every message of the answer; none is silence.
    func answers(
        _ request: [UInt8], over transport: TransportKind = .stream, from peer: Peer = ServiceOverDataset.peer
    ) -> [[UInt8]] {
        let answer = Mutex<AdminAnswer?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        service.answer(request, from: peer, over: transport) { finished in
            answer.withLock { $0 = finished }
            isDone.signal()
        }
        isDone.wait()
        var messages: [[UInt8]] = []
        var next = answer.withLock { $0 }
        while let page = next {
            messages.append(page.message)
            next = page.rest?()
        }
        return messages
    }
}

extension Message {
    /// Without what no two servers have alike: the expiration, and the bytes of the signature.
    var comparable: Message {
        var message = self
        message.header.expiration = 0
        if var credential = try? credential.parsed() {
            credential.signature = [UInt8](repeating: 0, count: credential.signature.count)
            message.credential = CredentialField(credential)
        }
        return message
    }

    /// The message that a vector's datagrams, or its bytes, make.
    init(recorded vector: Vector) throws {
        let packets = vector.responsePackets
        guard packets.count > 1 else {
            try self.init(parsing: vector.response.rawSpan)
            return
        }
        let first = packets[0]
        var envelope = try Envelope(parsing: first.rawSpan)
        envelope.flags.remove(.truncated)
        let content = packets.flatMap { $0.dropFirst(Envelope.byteCount) }
        try self.init(envelope: envelope, content: content.rawSpan)
    }
}
