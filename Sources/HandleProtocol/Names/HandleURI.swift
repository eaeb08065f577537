/// The forms in which people paste handles, and the name inside.
///
/// Read, whatever the case of scheme and host: `hdl:`, `hdl://`, `doi:`, `info:hdl/`, `info:doi/`, `urn:hdl:`, and
/// addresses of a proxy as `https://hdl.handle.net/88.118.8/SN-1?noredirect` with or without `api/handles/`. In these
/// `%XX` stands for a byte, and in addresses `?` and `#` end the name. Any other text is a handle as it stands.
public enum HandleURI {
    /// The handle that the text names; nil when there is none in it, or a percent sign is followed by no two digits.
    public static func handle(in text: String) -> Handle? {
        let bytes = Array(trimmed(text).utf8)
        for scheme in ["hdl://", "hdl:", "doi:", "info:hdl/", "info:doi/", "urn:hdl:"] {
            if let rest = dropping(scheme, from: bytes[...]) { return decoded(rest) }
        }
        for scheme in ["https://", "http://"] {
            guard let address = dropping(scheme, from: bytes[...]) else { continue }
            guard let slash = address.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            let path = address[(slash + 1)...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
            let stem = dropping("api/handles/", from: path) ?? path
            return decoded(dropping("hdl:", from: stem) ?? stem)
        }
        return bytes.isEmpty ? nil : Handle(bytes)
    }

    /// `hdl:` and the name, with `%XX` for bytes that no URI may hold as they are.
    public static func text(of handle: Handle) -> String { "hdl:" + encoded(handle) }

    /// The name as a path of an address: slashes, dots and the other unreserved characters stay.
    public static func encoded(_ handle: Handle) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$'()*,;=+&".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in handle.bytes {
            text += plain.contains(byte) ? [byte] : [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return rest
    }

    private static func dropping(_ start: String, from bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let head = bytes.prefix(start.utf8.count)
        guard head.rawSpan.equalsIgnoringCase(start) else { return nil }
        return bytes.dropFirst(start.utf8.count)
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> Handle? {
        var bytes: [UInt8] = []
        var offset = text.startIndex
        while offset < text.endIndex {
            guard text[offset] == UInt8(ascii: "%") else {
                bytes.append(text[offset])
                offset += 1
                continue
            }
            guard text.endIndex - offset >= 3 else { return nil }
            let high = Hex.value(of: text[offset + 1])
            let low = Hex.value(of: text[offset + 2])
            guard high < 16, low < 16 else { return nil }
            bytes.append(high << 4 | low)
            offset += 3
        }
        return bytes.isEmpty ? nil : Handle(bytes)
    }
}
