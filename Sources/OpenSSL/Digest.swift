// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Message digests.
public enum Digest {
    public enum Algorithm: UInt8, CaseIterable, Sendable {
        /// For server selection, whose rule it is (RFC 3651 §3.2.2), and for old clients; never for anything new.
        case md5
        case sha1
        case sha256
        /// GB/T 32905.
        case sm3

        /// Bytes of the digest.
        public var byteCount: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha256, .sm3: 32
            }
        }

        /// OpenSSL's name.
        var name: StaticString {
            switch self {
            case .md5: "MD5"
            case .sha1: "SHA1"
            case .sha256: "SHA256"
            case .sm3: "SM3"
            }
        }

        var method: OpaquePointer? { unsafe FetchedDigests.all.methods[Int(rawValue)] }
    }

    /// The digest of `bytes`.
    public static func hash(_ bytes: RawSpan, _ algorithm: Algorithm) -> [UInt8] {
        DigestContext().digest(bytes, algorithm: algorithm).array
    }

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8], _ algorithm: Algorithm) -> [UInt8] {
        unsafe hash(bytes.span.bytes, algorithm)
    }
}

/// The algorithms, looked up once: a lookup by name costs as much as hashing a kilobyte.
///
/// Sendable: the pointers are set once and OpenSSL's methods are immutable and may be shared (EVP_MD_fetch(3)).
@safe private final class FetchedDigests: @unchecked Sendable {
    static let all = FetchedDigests()
    let methods: [OpaquePointer?]

    init() {
        unsafe methods = Digest.Algorithm.allCases.map { unsafe EVP_MD_fetch(Library.pointer, $0.name.cString, nil) }
    }
}

/// A digest: 16, 20 or 32 bytes, held in place.
public struct DigestValue: Sendable {
    var storage: InlineArray<32, UInt8>
    public let byteCount: Int

    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe storage.span.bytes.extracting(first: byteCount) }
    }

    public var array: [UInt8] { (0..<byteCount).map { storage[$0] } }
}

/// Hashes without allocating (SM3 apart): one is made for each worker and used for digest after digest.
///
/// Either `digest` for bytes at hand, or `begin`, any number of `update`, `finish`.
///
/// MD5, SHA-1 and SHA-256 run in states of our own, below OpenSSL's EVP, which allocates one for each digest.
@safe public final class DigestContext {
    private var algorithm = Digest.Algorithm.sha256
    private var md5 = MD5_CTX()
    private var sha1 = SHA_CTX()
    private var sha256 = SHA256_CTX()
    /// Made when first needed.
    private var sm3: OpaquePointer?

    public init() {
        begin(.sha256)
    }

    deinit { unsafe EVP_MD_CTX_free(sm3) }

    public func begin(_ algorithm: Digest.Algorithm) {
        self.algorithm = algorithm
        switch algorithm {
        case .md5: unsafe require(MD5_Init(&md5))
        case .sha1: unsafe require(SHA1_Init(&sha1))
        case .sha256: unsafe require(SHA256_Init(&sha256))
        case .sm3:
            if unsafe sm3 == nil { unsafe sm3 = EVP_MD_CTX_new() }
            unsafe require(EVP_DigestInit_ex2(sm3, algorithm.method, nil))
        }
    }

    public func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            switch algorithm {
            case .md5: unsafe require(MD5_Update(&md5, bytes.baseAddress, bytes.count))
            case .sha1: unsafe require(SHA1_Update(&sha1, bytes.baseAddress, bytes.count))
            case .sha256: unsafe require(SHA256_Update(&sha256, bytes.baseAddress, bytes.count))
            case .sm3: unsafe require(EVP_DigestUpdate(sm3, bytes.baseAddress, bytes.count))
            }
        }
    }

    public func finish() -> DigestValue {
        var storage = InlineArray<32, UInt8>(repeating: 0)
        var bytes = storage.mutableSpan
        // Safe: none of these makes more than 32 bytes.
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            switch algorithm {
            case .md5: unsafe require(MD5_Final(bytes.baseAddress, &md5))
            case .sha1: unsafe require(SHA1_Final(bytes.baseAddress, &sha1))
            case .sha256: unsafe require(SHA256_Final(bytes.baseAddress, &sha256))
            case .sm3: unsafe require(EVP_DigestFinal_ex(sm3, bytes.baseAddress, nil))
            }
        }
        return DigestValue(storage: storage, byteCount: algorithm.byteCount)
    }

    /// The digest of the parts, one after another.
    public func digest(
        _ first: RawSpan, _ second: RawSpan = RawSpan(), _ third: RawSpan = RawSpan(), algorithm: Digest.Algorithm
    ) -> DigestValue {
        begin(algorithm)
        update(first)
        if !second.isEmpty { update(second) }
        if !third.isEmpty { update(third) }
        return finish()
    }

    /// As above, into `output`: all of it, or nothing and false when it does not fit.
    @_lifetime(output: copy output)
    public func digest(
        _ first: RawSpan, _ second: RawSpan = RawSpan(), _ third: RawSpan = RawSpan(), algorithm: Digest.Algorithm,
        into output: inout OutputRawSpan
    ) -> Bool {
        guard output.freeCapacity >= algorithm.byteCount else { return false }
        let value = digest(first, second, third, algorithm: algorithm)
        for index in 0..<value.byteCount { output.append(value.storage[index]) }
        return true
    }

    /// Digests fail for want of memory only, and then Swift itself ends the process as well.
    private func require(_ result: Int32) {
        precondition(result == 1, "no memory for a digest")
    }
}
