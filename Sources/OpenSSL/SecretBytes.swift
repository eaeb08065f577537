// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Bytes that nobody else may see: a key, a passphrase. Wiped when the last reference goes, and never described.
///
/// Sendable: the bytes are written before `init` returns and only read from then on.
@safe public final class SecretBytes: @unchecked Sendable {
    private let storage: UnsafeMutableRawBufferPointer

    /// Room for `byteCount` bytes, filled by `fill`, which says how many it wrote.
    init<Failure: Error>(
        capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 1)
        unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
        do {
            let count = unsafe try fill(UnsafeMutableRawBufferPointer(rebasing: room[..<capacity]))
            byteCount = min(max(count, 0), capacity)
        } catch {
            unsafe OPENSSL_cleanse(room.baseAddress, room.count)
            unsafe room.deallocate()
            throw error
        }
        unsafe storage = room
    }

    /// A copy of `bytes`.
    public convenience init(_ bytes: RawSpan) {
        unsafe self.init(capacity: bytes.byteCount) { room in
            unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            return bytes.byteCount
        }
    }

    /// A copy of `bytes`. Whoever has the array should let it go or `wipe` it.
    public convenience init(_ bytes: [UInt8]) {
        unsafe self.init(bytes.span.bytes)
    }

    /// The parts, one after another.
    public convenience init(joining parts: SecretBytes...) {
        let total = parts.reduce(0) { $0 + $1.byteCount }
        unsafe self.init(capacity: total) { room in
            var end = 0
            for part in parts {
                unsafe part.bytes.withUnsafeBytes {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: room[end...]).copyMemory(from: $0)
                }
                end += part.byteCount
            }
            return total
        }
    }

    /// Longest file that is read.
    public static let fileByteCountMax = 1 << 20

    /// A file's bytes.
    public convenience init(contentsOf path: String) throws(OpenSSLError) {
        ERR_clear_error()
        let file = unsafe BIO_new_file(path, "r")
        defer { unsafe BIO_free(file) }
        guard unsafe file != nil else { throw OpenSSLError(during: "open the file") }
        unsafe try self.init(capacity: Self.fileByteCountMax) { room throws(OpenSSLError) in
            var end = 0
            var count = 0
            while end < room.count {
                let free = unsafe UnsafeMutableRawBufferPointer(rebasing: room[end...])
                guard unsafe BIO_read_ex(file, free.baseAddress, free.count, &count) == 1 else { break }
                end += count
            }
            guard end < room.count else { throw OpenSSLError(refusing: "read a file so long") }
            guard ERR_peek_last_error() == 0 else { throw OpenSSLError(during: "read the file") }
            return end
        }
    }

    deinit {
        unsafe OPENSSL_cleanse(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    public let byteCount: Int

    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // Safe: the storage lives as long as this object, which the span borrows.
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: storage[..<byteCount]))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The first `count` bytes; nil when there are fewer.
    public func prefix(_ count: Int) -> SecretBytes? {
        guard count >= 0, count <= byteCount else { return nil }
        return SecretBytes(bytes.extracting(first: count))
    }

    /// A copy that is wiped by nobody: for bytes that turned out to be no secret.
    public var exposed: [UInt8] { unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "secret" }
    public var debugDescription: String { "secret" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension RawSpan {
    /// Whether both hold the same bytes; takes equally long wherever they differ. Lengths are no secret.
    public func isEqualInConstantTime(to other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        return unsafe withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { two in
                unsafe one.count == 0 || CRYPTO_memcmp(one.baseAddress, two.baseAddress, one.count) == 0
            }
        }
    }

    /// Lends the bytes to C, with an address even when there are none: some of OpenSSL takes null for "not given".
    func lend<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else {
                var nothing: UInt8 = 0
                return unsafe withUnsafePointer(to: &nothing) { unsafe body($0, 0) }
            }
            return unsafe body(base.assumingMemoryBound(to: UInt8.self), buffer.count)
        }
    }
}

extension Array where Element == UInt8 {
    /// Overwrites the bytes, in a way that the compiler does not take away, and empties the array. Only an array that
    /// nobody shares is wiped in place.
    public mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
        removeAll()
    }

    /// As `RawSpan.isEqualInConstantTime(to:)`.
    public func isEqualInConstantTime(to other: [UInt8]) -> Bool {
        unsafe span.bytes.isEqualInConstantTime(to: other.span.bytes)
    }
}
