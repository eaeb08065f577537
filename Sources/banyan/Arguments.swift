import BanyanNode
import BanyanTransport
import HandleProtocol

/// Words of the command line as what they mean. What they cannot mean ends the verb with 2 and says what would be
/// taken.
enum Arguments {
    /// A prefix that is to be homed or asked for: names between dots (RFC 3651 §3), nothing that a terminal would not
    /// show. What is no UTF-8 comes with replacement characters from the system.
    static func prefix(_ text: String) throws(Failure) -> Prefix {
        let isReadable = !text.unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0 == "\u{FFFD}"
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let prefix = Prefix(text), isReadable, !parts.contains("") else {
            throw Failure(
                .usage, "no prefix; accepted: a name such as 88.118.8, at most 255 bytes, no slash, no empty part")
        }
        return prefix
    }

    static func administrator(_ text: String) throws(Failure) -> ValueReference {
        guard let reference = ValueReference(text) else {
            throw Failure(.usage, "--admin: no administrator; accepted: INDEX:HANDLE, such as 300:0.NA/88.118.8")
        }
        return reference
    }

    /// A handle to be changed: taken as it is written, since a name that is decoded could be another's.
    static func handle(_ text: String) throws(Failure) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard (1...Limits.handleByteCount).contains(bytes.count) else {
            throw Failure(.usage, "no handle; accepted: PREFIX/NAME, such as 88.118.8/SN-1, at most 2,048 bytes")
        }
        return bytes
    }

    static func endpoint(_ text: String, argument: String, defaultPort: UInt16? = nil) throws(Failure) -> Endpoint {
        let endpoint = if let defaultPort { Endpoint(text, defaultPort: defaultPort) } else { Endpoint(text) }
        guard let endpoint else {
            throw Failure(
                .usage, "\(argument): no address; accepted: ADDR:PORT, such as 192.0.2.1:2641 or [2001:db8::1]:2641")
        }
        return endpoint
    }
}
