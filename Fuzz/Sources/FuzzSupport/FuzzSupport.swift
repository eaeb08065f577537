// What every target shares: how inputs arrive, and how a property is said to be broken.

/// Lends libFuzzer's bytes to the property.
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int, _ property: (RawSpan) -> Void) -> CInt {
    // libFuzzer owns the bytes until this function returns, and nothing keeps the span.
    property(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: start, count: count)))
    return 0
}

/// Ends the process when the property does not hold: libFuzzer keeps the input.
public func require(_ holds: Bool, _ property: StaticString, line: UInt = #line) {
    guard holds else { fatalError("\(property) (line \(line))") }
}

/// The bytes that `body` writes to a buffer of that size.
public func collect(capacity: Int, _ body: (inout OutputRawSpan) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: capacity)
        var output = OutputRawSpan(buffer: bytes, initializedCount: 0)
        body(&output)
        count = output.finalize(for: bytes)
    }
}
