// UNSAFE ISLAND (system): addresses as text, by the C library.

import Glibc

/// Addresses as text and as bytes.
enum SystemAddress {
    static func bytes(version4 text: String) -> [UInt8]? { parse(text, family: AF_INET, byteCount: 4) }

    static func bytes(version6 text: String) -> [UInt8]? { parse(text, family: AF_INET6, byteCount: 16) }

    private static func parse(_ text: String, family: Int32, byteCount: Int) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        // Safe: `byteCount` is what inet_pton writes for `family`.
        return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// The shortest form of sixteen bytes.
    static func text(version6 bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return "" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // Safe: sixteen bytes are read, and the C library writes at most the size that it is given.
        guard unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
