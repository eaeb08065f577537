// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// Why OpenSSL refused: what was asked of it and its own reason. No key, secret or message is ever in it.
public struct OpenSSLError: Error, Equatable, Sendable {
    /// What was being done, such as "verify a signature".
    public var operation: String
    /// OpenSSL's packed error code; 0 where we refused before asking it.
    public var code: UInt

    init(refusing operation: StaticString) {
        self.operation = operation.description
        self.code = 0
    }

    /// Takes the newest entry of this thread's error queue and empties the queue, so that it is never read as the
    /// reason of a later failure.
    init(during operation: StaticString) {
        self.operation = operation.description
        self.code = UInt(ERR_peek_last_error())
        ERR_clear_error()
    }
}

extension OpenSSLError: CustomStringConvertible {
    public var description: String {
        guard code != 0, let reason = unsafe ERR_reason_error_string(CUnsignedLong(code)) else {
            return "cannot \(operation)"
        }
        return unsafe "cannot \(operation): \(String(cString: reason))"
    }
}
