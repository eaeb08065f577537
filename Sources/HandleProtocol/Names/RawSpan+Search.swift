extension RawSpan {
    /// The last place of `byte`, nil where it is not.
    @inlinable
    public func lastOffset(of byte: UInt8) -> Int? {
        var offset = byteCount &- 1
        while offset >= 0 {
            if self.byte(at: offset) == byte { return offset }
            offset &-= 1
        }
        return nil
    }

    /// Where `byte` first stands at or behind `start`.
    @inlinable
    public func offset(of byte: UInt8, from start: Int = 0) -> Int? {
        var offset = start
        while offset < byteCount {
            if self.byte(at: offset) == byte { return offset }
            offset &+= 1
        }
        return nil
    }

    /// Whether the bytes are those of an ASCII text of at most 15 characters, case apart. Such a text needs no memory
    /// of its own.
    @inlinable
    public func equalsIgnoringCase(_ text: String) -> Bool {
        guard text.utf8.count == byteCount else { return false }
        var offset = 0
        for byte in text.utf8 {
            guard HandleCase.fold(byte) == HandleCase.fold(self.byte(at: offset)) else { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether the bytes from `offset` on begin with those of a text.
    public func begins(with text: String, at offset: Int = 0) -> Bool {
        guard byteCount &- offset >= text.utf8.count else { return false }
        var position = offset
        for byte in text.utf8 {
            guard self.byte(at: position) == byte else { return false }
            position &+= 1
        }
        return true
    }
}
