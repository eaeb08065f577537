// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Bytes that nobody can guess, from OpenSSL's generator, which the system's seeds.
public enum Random {
    public static func bytes(count: Int) throws(OpenSSLError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        let done = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes_ex(Library.pointer, $0.baseAddress, $0.count, 0)
        }
        guard bytes.isEmpty || done == 1 else { throw OpenSSLError(during: "make random bytes") }
        return bytes
    }

    /// As `bytes`, for keys.
    public static func secret(byteCount: Int) throws(OpenSSLError) -> SecretBytes {
        unsafe try SecretBytes(capacity: max(byteCount, 0)) { room throws(OpenSSLError) in
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard unsafe room.isEmpty || RAND_priv_bytes_ex(Library.pointer, base, room.count, 0) == 1 else {
                throw OpenSSLError(during: "make random bytes")
            }
            return room.count
        }
    }

    public static func uint32() throws(OpenSSLError) -> UInt32 {
        try bytes(count: 4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
