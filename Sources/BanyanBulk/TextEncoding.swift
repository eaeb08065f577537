import ByteStreams
import HandleProtocol

/// What a text file is written in: UTF-8, or GB 18030 as spreadsheet programs in China write it. Decided by the first
/// text that is more than ASCII.
struct TextEncoding {
    private enum Kind { case undecided, utf8, gb18030 }

    private var kind = Kind.undecided
    private var converter: GB18030?

    /// Decides by a file's first bytes, as far as they tell.
    init(_ sample: [UInt8]) {
        guard !sample.starts(with: ByteOrderMark.utf8) else {
            kind = .utf8
            return
        }
        guard sample.contains(where: { $0 >= 0x80 }) else { return }
        // A character may be cut off where the sample ends.
        for cut in 0..<4 where sample.count >= cut {
            let head = Array(sample.dropLast(cut))
            if UTF8Text.isValid(head.rawSpan) {
                kind = .utf8
                return
            }
        }
        kind = .gb18030
    }

    /// The text in UTF-8; nil when it is in neither encoding, or not in the file's.
    mutating func utf8(_ text: [UInt8]) -> [UInt8]? {
        guard text.contains(where: { $0 >= 0x80 }) else { return text }
        if kind == .undecided { kind = UTF8Text.isValid(text.rawSpan) ? .utf8 : .gb18030 }
        if kind == .gb18030, converter == nil { converter = try? GB18030() }
        return decoded(text)
    }

    /// As `utf8`, without deciding anything.
    func decoded(_ text: [UInt8]) -> [UInt8]? {
        guard kind == .gb18030 else { return UTF8Text.isValid(text.rawSpan) ? text : nil }
        return converter?.utf8(text)
    }
}
