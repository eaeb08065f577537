extension Permission {
    /// Four digits 0 or 1: administrators read, administrators write, everyone reads, everyone writes. nil for any
    /// other text.
    public init?(text: RawSpan) {
        guard text.byteCount == 4 else { return nil }
        var bits: UInt8 = 0
        for offset in 0..<4 {
            let digit = text.byte(at: offset) &- 0x30
            guard digit < 2 else { return nil }
            bits = bits << 1 | digit
        }
        self.init(rawValue: bits)
    }

    /// Four digits, as above; bits beyond these four have no place there.
    public var text: [UInt8] { (0..<4).map { 0x30 | rawValue >> (3 - $0) & 1 } }
}
