// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// One side of a Diffie-Hellman exchange (PKCS #3) in a group that the other side chose.
///
/// Sendable: OpenSSL's keys are not changed after they are made, and their reference counts are atomic.
@safe public final class DiffieHellman: @unchecked Sendable {
    /// Lengths of the prime that are accepted, in bits. Clients of the reference library use 1,024 and cannot do
    /// otherwise; the lower bound is that of OpenSSL, the upper what a stranger may make us compute.
    public static let bitCounts = 512...4_096

    private let key: OpaquePointer
    private let prime: [UInt8]
    private let generator: [UInt8]

    private init(owning key: OpaquePointer, prime: [UInt8], generator: [UInt8]) {
        unsafe self.key = key
        self.prime = prime
        self.generator = generator
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// A new private number for the group of `prime` and `generator` (big-endian).
    public static func generate(prime: [UInt8], generator: [UInt8]) throws(OpenSSLError) -> DiffieHellman {
        let group = unsafe try group(prime: prime, generator: generator, selecting: .parameters) {
            (_: inout KeyParameters) throws(OpenSSLError) in
        }
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(Library.pointer, group, nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe EVP_PKEY_free(group)
        }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_generate(context, &key) == 1,
            let key = unsafe key
        else { throw OpenSSLError(during: "make a Diffie-Hellman key") }
        return unsafe DiffieHellman(owning: key, prime: prime, generator: generator)
    }

    /// A private number that is known already.
    public convenience init(
        prime: [UInt8], generator: [UInt8], privateNumber: SecretBytes
    ) throws(OpenSSLError) {
        let (p, g, x) = (try BigNumber(prime), try BigNumber(generator), try BigNumber(privateNumber))
        let y = try BigNumber(g, toThe: x, modulo: p)
        let key = unsafe try Self.group(prime: prime, generator: generator, selecting: .pair) {
            (parameters: inout KeyParameters) throws(OpenSSLError) in
            parameters.add("pub", y)
            parameters.add("priv", x)
        }
        unsafe self.init(owning: key, prime: prime, generator: generator)
    }

    /// What the other side gets; big-endian.
    public var publicNumber: [UInt8] { unsafe BigNumber(of: key, "pub")?.bytes ?? [] }

    /// The number that both sides then know, big-endian and as long as the prime. Throws for a public number of the
    /// other side that is outside of the group.
    public func sharedSecret(with publicNumber: [UInt8]) throws(OpenSSLError) -> SecretBytes {
        let y = try BigNumber(publicNumber)
        let peer = unsafe try Self.group(prime: prime, generator: generator, selecting: .publicKey) {
            (parameters: inout KeyParameters) throws(OpenSSLError) in
            parameters.add("pub", y)
        }
        let context = unsafe EVP_PKEY_CTX_new_from_pkey(Library.pointer, key, nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe EVP_PKEY_free(peer)
        }
        var capacity = 0
        guard unsafe EVP_PKEY_derive_init(context) == 1, unsafe EVP_PKEY_CTX_set_dh_pad(context, 1) == 1,
            unsafe EVP_PKEY_derive_set_peer(context, peer) == 1,
            unsafe EVP_PKEY_derive(context, nil, &capacity) == 1
        else { throw OpenSSLError(during: "agree on a key") }
        return unsafe try SecretBytes(capacity: capacity) { room throws(OpenSSLError) in
            var count = room.count
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard unsafe EVP_PKEY_derive(context, base, &count) == 1 else {
                throw OpenSSLError(during: "agree on a key")
            }
            return count
        }
    }

    private static func group(
        prime: [UInt8], generator: [UInt8], selecting selection: KeyParameters.Selection,
        _ add: (inout KeyParameters) throws(OpenSSLError) -> Void
    ) throws(OpenSSLError) -> OpaquePointer {
        let (p, g) = (try BigNumber(prime), try BigNumber(generator))
        // A generator of 0 or 1, or as large as the prime, leaves no secret.
        guard bitCounts.contains(p.bitCount), g.bitCount > 1, g.bitCount <= p.bitCount else {
            throw OpenSSLError(refusing: "use that Diffie-Hellman group")
        }
        var parameters = KeyParameters()
        parameters.add("p", p)
        parameters.add("g", g)
        try add(&parameters)
        return unsafe try parameters.key("DH", selecting: selection)
    }
}
