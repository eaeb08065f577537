import BanyanBulk
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL

/// What a batch file's AUTHENTICATE and SESSIONSETUP blocks mean for a connection.
enum NetworkLogin {
    static func apply(
        _ login: BatchLogin, to authentication: ClientAuthentication?, _ session: SessionOptions
    ) throws(BulkError) -> (ClientAuthentication?, SessionOptions) {
        switch login {
        case .secretKey(let identity, let secret):
            return (ClientAuthentication(identity, key: .secret(SecretBytes(secret))), session)
        case .privateKey(let identity, let file, let passphrase):
            return (ClientAuthentication(identity, key: .privateKey(try key(file, passphrase))), session)
        case .session(let setup):
            var session = session
            session.encrypts = setup.encrypts
            session.authenticatesAnswers = setup.authenticates
            if let hours = setup.hours { session.lifetime = UInt32(clamping: hours * 3_600) }
            if let reference = setup.keyReference, let file = setup.keyFile {
                session.kind = .handleKey(reference, try key(file, setup.passphrase))
            }
            return (authentication, session)
        case .malformed(let error): throw .configuration(path: "", line: 0, error)
        }
    }

    private static func key(_ path: String, _ passphrase: [UInt8]?) throws(BulkError) -> PrivateKey {
        do throws(NodeError) {
            return try PrivateKeyStore.key(inFile: path, passphrase: passphrase.map { SecretBytes($0) })
        } catch {
            throw .configuration(path: path, line: 1, RowError("\(error)"))
        }
    }
}
