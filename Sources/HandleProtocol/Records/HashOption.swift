/// Which part of a handle decides the server of a site with several (RFC 3651 §3.2.2). Open: an option that we do not
/// know survives a round trip, and works as the whole handle.
public struct HashOption: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let prefix = HashOption(rawValue: 0)
    public static let localName = HashOption(rawValue: 1)
    public static let wholeHandle = HashOption(rawValue: 2)

    /// Writes the folded bytes whose MD5 chooses the server; false when they do not fit.
    ///
    /// `handle` is as the client spelt it: one without a slash has the prefix `0.NA` and is its own local name, but
    /// as a whole handle it counts without `0.NA/`.
    @_lifetime(output: copy output)
    public func writePart(of handle: RawSpan, to output: inout OutputRawSpan) -> Bool {
        let slash = handle.offset(of: UInt8(ascii: "/"))
        let range: Range<Int>
        switch (self, slash) {
        case (.prefix, nil):
            return output.write(0x30 as UInt8) && output.write(0x2E as UInt8) && output.write(0x4E as UInt8)
                && output.write(0x41 as UInt8)
        case (.prefix, let slash?): range = 0..<slash
        case (.localName, let slash?): range = (slash + 1)..<handle.byteCount
        default: range = 0..<handle.byteCount
        }
        for offset in range {
            guard output.write(HandleCase.fold(handle.byte(at: offset))) else { return false }
        }
        return true
    }

    /// The folded bytes whose MD5 chooses the server.
    public func part(of handle: [UInt8]) -> [UInt8] {
        let slash = handle.firstIndex(of: UInt8(ascii: "/"))
        switch (self, slash) {
        case (.prefix, nil): return Array("0.NA".utf8)
        case (.prefix, let slash?): return handle[..<slash].map(HandleCase.fold)
        case (.localName, let slash?): return handle[(slash + 1)...].map(HandleCase.fold)
        default: return handle.map(HandleCase.fold)
        }
    }

    /// The position in the server list that the digest's last four bytes choose among `serverCount` servers; 0 of none.
    ///
    /// The four bytes are a signed number without its sign. Its one value that has no positive twin breaks the
    /// reference; here it counts as 2^31.
    @inlinable
    public static func position(lastDigestBytes bytes: UInt32, serverCount: Int) -> Int {
        serverCount > 1 ? Int(Int32(bitPattern: bytes).magnitude) % serverCount : 0
    }
}
