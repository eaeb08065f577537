import HandleCrypto
import HandleProtocol
import OpenSSL

/// Puts a replication stream together: records, and behind what must be signed its signature, over all bytes since the
/// one before; signatures and the stream's first bytes are not covered.
struct StreamWriter: Sendable {
    /// Nil: the connection protects the stream, and nothing is signed.
    private let key: PrivateKey?
    private let digest: Digest.Algorithm
    private var writer = ByteWriter()
    /// Where what is to be signed begins.
    private var unsignedStart = 0

    /// A signed stream, with its first bytes. SM2 keys sign with SM3, whatever `digest` is.
    init(signedWith key: PrivateKey, _ digest: Digest.Algorithm) {
        self.key = key
        self.digest = key.algorithm == .sm2 ? .sm3 : digest
        StreamProtection.signed(digestName: self.digest.wireName).write(to: &writer)
        unsignedStart = writer.byteCount
    }

    /// A stream inside a connection that is encrypted and authenticated.
    init() {
        key = nil
        digest = .sha256
    }

    var byteCount: Int { writer.byteCount }
    /// Whether a signature takes its millisecond.
    var isSigned: Bool { key != nil }

    mutating func write(_ record: (inout ByteWriter) -> Void) { record(&writer) }

    /// Signs what was written since the signature before.
    mutating func sign() throws(CryptoError) {
        guard let key else { return }
        let scheme: SignatureScheme =
            digest == .sm3 ? .sm2(id: SignatureScheme.sm2DefaultID) : .digest(digest)
        do throws(OpenSSLError) {
            let signature = try key.sign(Array(writer.bytes[unsignedStart...]), scheme)
            StreamSignature(signature).write(to: &writer)
        } catch {
            throw .library(error)
        }
        unsignedStart = writer.byteCount
    }

    /// What was written since the last call; all of it must have been signed.
    mutating func take() -> [UInt8] {
        let bytes = writer.bytes
        writer = ByteWriter()
        unsignedStart = 0
        return bytes
    }
}
