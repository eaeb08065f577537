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
        var name: String {
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
        unsafe methods = Digest.Algorithm.allCases.map { unsafe EVP_MD_fetch(Library.pointer, $0.name, nil) }
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

/// Hashes without allocating: one is made for each worker and used for digest after digest.
///
/// Either `digest` for bytes at hand, or `begin`, any number of `update`, `finish`.
@safe public final class DigestContext {
    private let context: OpaquePointer

    public init() {
        guard let context = unsafe EVP_MD_CTX_new() else {
            // The one way to get here is that there is no memory left; Swift ends the process then as well.
            preconditionFailure("no memory for a digest")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    public func begin(_ algorithm: Digest.Algorithm) {
        unsafe require(EVP_DigestInit_ex2(context, algorithm.method, nil))
    }

    public func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe require(EVP_DigestUpdate(context, $0.baseAddress, $0.count)) }
    }

    public func finish() -> DigestValue {
        var storage = InlineArray<32, UInt8>(repeating: 0)
        var count: UInt32 = 0
        var bytes = storage.mutableSpan
        // Safe: no algorithm of ours makes more than 32 bytes.
        unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe require(EVP_DigestFinal_ex(context, $0.baseAddress, &count))
        }
        return DigestValue(storage: storage, byteCount: Int(count))
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

    /// Digests fail for want of memory only, or when `update` and `finish` come without `begin`.
    private func require(_ result: Int32) {
        precondition(result == 1, "a digest without its beginning, or no memory")
    }
}
