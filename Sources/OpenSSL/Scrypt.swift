// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Hashes of passwords that cost memory as well as time (RFC 7914).
public enum Scrypt {
    /// What one hash costs: 128 × `costFactor` × `blockSize` bytes of memory.
    public struct Cost: Equatable, Sendable {
        /// N: a power of two.
        public var costFactor: Int
        /// r.
        public var blockSize: Int
        /// p.
        public var parallelization: Int

        /// 32 MiB and about a tenth of a second.
        public static let usual = Cost(costFactor: 1 << 15, blockSize: 8, parallelization: 1)

        public init(costFactor: Int, blockSize: Int, parallelization: Int) {
            self.costFactor = costFactor
            self.blockSize = blockSize
            self.parallelization = parallelization
        }

        /// What stored parameters may ask for: 256 MiB, so that a damaged entry cannot take the machine.
        var isBounded: Bool {
            costFactor > 1 && costFactor & (costFactor - 1) == 0 && costFactor <= 1 << 18
                && (1...16).contains(blockSize) && (1...4).contains(parallelization)
        }
    }

    /// `byteCount` bytes made of the password.
    public static func hash(
        password: SecretBytes, salt: [UInt8], cost: Cost = .usual, byteCount: Int = 32
    ) throws(OpenSSLError) -> SecretBytes {
        guard cost.isBounded, (16...64).contains(byteCount) else { throw OpenSSLError(refusing: "hash a password") }
        let function = unsafe EVP_KDF_fetch(Library.pointer, "SCRYPT", nil)
        let context = unsafe EVP_KDF_CTX_new(function)
        let parameters = unsafe OSSL_PARAM_BLD_new()
        defer {
            unsafe OSSL_PARAM_BLD_free(parameters)
            unsafe EVP_KDF_CTX_free(context)
            unsafe EVP_KDF_free(function)
        }
        return unsafe try SecretBytes(capacity: byteCount) { room throws(OpenSSLError) in
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let done = unsafe password.bytes.lend { password, passwordCount in
                unsafe salt.span.bytes.lend { salt, saltCount in
                    guard
                        unsafe OSSL_PARAM_BLD_push_octet_string(
                            parameters, Name.password.cString, password, passwordCount) == 1,
                        unsafe OSSL_PARAM_BLD_push_octet_string(parameters, Name.salt.cString, salt, saltCount) == 1,
                        unsafe OSSL_PARAM_BLD_push_uint64(
                            parameters, Name.costFactor.cString, UInt64(cost.costFactor)) == 1,
                        unsafe OSSL_PARAM_BLD_push_uint32(
                            parameters, Name.blockSize.cString, UInt32(cost.blockSize)) == 1,
                        unsafe OSSL_PARAM_BLD_push_uint32(
                            parameters, Name.parallelization.cString, UInt32(cost.parallelization)) == 1,
                        unsafe OSSL_PARAM_BLD_push_uint64(parameters, Name.memory.cString, 512 << 20) == 1,
                        let list = unsafe OSSL_PARAM_BLD_to_param(parameters)
                    else { return false }
                    defer { unsafe PBKDF2.wipe(list) }
                    return unsafe EVP_KDF_derive(context, base, byteCount, list) == 1
                }
            }
            guard done else { throw OpenSSLError(during: "hash a password") }
            return byteCount
        }
    }

    /// What the parameters are called.
    private enum Name {
        static let password: StaticString = "pass"
        static let salt: StaticString = "salt"
        static let costFactor: StaticString = "n"
        static let blockSize: StaticString = "r"
        static let parallelization: StaticString = "p"
        static let memory: StaticString = "maxmem_bytes"
    }
}
