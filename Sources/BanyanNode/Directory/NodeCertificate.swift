import BanyanTransport
import HandleCrypto
import OpenSSL

/// The certificate for TLS and HTTPS that a node makes for itself. No authority has signed it: it is good for whoever
/// has been given it, or its key's digest, until the operator puts another in its place.
struct NodeCertificate {
    /// What programs of today take at most.
    static let dayCount = 825

    let key: PrivateKey
    let certificate: Certificate

    /// With a new key, for this machine and the addresses that clients reach.
    init(for endpoints: [Endpoint]) throws(OpenSSLError) {
        key = try PrivateKey.generateEC()
        let now = Int64(clamping: SystemProcess.wallClock.seconds)
        certificate = try Certificate.makeSelfSigned(
            // The clocks of others may be a little behind.
            key: key, names: Self.names(for: endpoints), start: now - 3_600, dayCount: Self.dayCount)
    }

    /// The addresses that say where, this machine's name, and how it calls itself.
    static func names(for endpoints: [Endpoint]) -> [String] {
        let addresses = endpoints.map(\.address).filter { !$0.isUnspecified }.map { "\($0)" }
        let host = [SystemProcess.hostName].compactMap { $0 }.filter(Certificate.isName)
        return (addresses + host + ["localhost", "127.0.0.1", "::1"]).withoutRepetitions
    }

    /// Writes both as PEM text that only their owner reads.
    func write(certificate certificatePath: String, key keyPath: String) throws(NodeError) {
        let text: [UInt8]
        do throws(OpenSSLError) { text = try certificate.pem() } catch {
            throw .key(path: certificatePath, .library(error))
        }
        try PrivateKeyStore.write(key, to: keyPath)
        try system { () throws(SystemError) in
            try SystemFile.write(text, to: certificatePath, mode: 0o600, isNew: true)
        }
    }
}
