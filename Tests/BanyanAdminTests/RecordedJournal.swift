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

/// The recorded server as it was when its mirrors were recorded: its key, its site, and its log.
final class RecordedJournal: Sendable {
    private let folder: TemporaryFolder
    private let registrar: Registrar
    let service: AdminService
    let serverKey: PublicKey

    init() throws {
        folder = try TemporaryFolder()
        let registrar = try Registrar(directory: folder.path, access: .create)
        let index = registrar.index
        let meta = try Vectors.load("dataset")[0].fields
        guard let key = meta["server_private_key_encoding_hex"].hex else { throw TestFailure("no key in the data set") }
        try RecordedLog.write(to: index)
        self.registrar = registrar
        let privateKey = try PrivateKeyRecord(parsing: key.rawSpan).privateKey()
        serverKey = try privateKey.publicKey()
        service = AdminService(
            registrar: registrar, signingKey: privateKey,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Sends a request, proves who asks where that is wanted, and gives the last message and the stream behind it.
    func stream(_ request: [UInt8], as administrator: TestAdministrator) throws -> (Message, [UInt8]) {
        var (answer, stream) = try send(request)
        if answer.header.responseCode == .authenticationNeeded {
            let sent = try Message(parsing: request.rawSpan)
            var proof = try administrator.proof(to: answer)
            proof.envelope.version = sent.envelope.version
            proof.envelope.suggested = sent.envelope.suggested
            (answer, stream) = try send(proof.bytes())
        }
        return (answer, stream)
    }

    private func send(_ request: [UInt8]) throws -> (Message, [UInt8]) {
        let answer = Mutex<AdminAnswer?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        service.answer(request, from: ServiceOverDataset.peer, over: .stream) { finished in
            answer.withLock { $0 = finished }
            isDone.signal()
        }
        isDone.wait()
        guard let first = answer.withLock({ $0 }) else { throw TestFailure("silence") }
        var stream: [UInt8] = []
        var next = first.rest?()
        while let piece = next {
            stream += piece.message
            next = piece.rest?()
        }
        return (try Message(parsing: first.message.rawSpan), stream)
    }
}
