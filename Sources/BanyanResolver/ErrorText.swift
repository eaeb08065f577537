internal import HandleProtocol

/// The text of a protocol error, written without a string: "handle length at byte 44 is out of range".
struct ErrorText {
    private let field: StaticString
    private let reason: StaticString
    private let offset: Int

    init(_ error: WireError) {
        field = error.field.name
        offset = error.offset
        reason =
            switch error.reason {
            case .truncated: " is cut off"
            case .outOfRange: " is out of range"
            case .malformed: " is malformed"
            case .trailingBytes: " is followed by bytes that nobody asked for"
            }
    }

    private static let middle: StaticString = " at byte "

    var byteCount: Int {
        field.utf8CodeUnitCount + ErrorText.middle.utf8CodeUnitCount + digitCount + reason.utf8CodeUnitCount
    }

    /// Writes length and text.
    @_lifetime(output: copy output)
    func write(to output: inout OutputRawSpan) -> Bool {
        output.write(UInt32(truncatingIfNeeded: byteCount)) && output.write(field)
            && output.write(ErrorText.middle) && writeOffset(to: &output) && output.write(reason)
    }

    private var digitCount: Int {
        var count = 1
        var rest = offset / 10
        while rest > 0 {
            count &+= 1
            rest /= 10
        }
        return count
    }

    @_lifetime(output: copy output)
    private func writeOffset(to output: inout OutputRawSpan) -> Bool {
        var divisor = 1
        for _ in 1..<digitCount { divisor &*= 10 }
        while divisor > 0 {
            guard output.write(UInt8(truncatingIfNeeded: 0x30 &+ offset / divisor % 10)) else { return false }
            divisor /= 10
        }
        return true
    }
}
