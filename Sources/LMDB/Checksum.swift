import CLinux

extension RawSpan {
    /// CRC-32C (Castagnoli) of these bytes, continuing from `checksum` (0 to begin). LMDB has no checksum of its own:
    /// with pages swapped by a faulty disk it answers without noticing.
    public func crc32c(continuing checksum: UInt32 = 0) -> UInt32 {
        // Safe: the pointer is lent for the call, and the count is the span's.
        unsafe withUnsafeBytes { unsafe cl_crc32c(checksum, $0.baseAddress, $0.count) }
    }
}
