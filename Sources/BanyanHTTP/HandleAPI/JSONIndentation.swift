/// A JSON text in lines, two spaces a level: for `pretty`.
enum JSONIndentation {
    static func indent(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 2)
        var depth = 0
        var isInString = false
        var isEscaped = false
        func beginLine() {
            output.append(UInt8(ascii: "\n"))
            for _ in 0..<depth { output += [0x20, 0x20] }
        }
        for (position, byte) in text.enumerated() {
            if isInString {
                output.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                output.append(byte)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                output.append(byte)
                let isEmpty = position + 1 < text.count && text[position + 1] == byte + 2
                if !isEmpty {
                    depth += 1
                    beginLine()
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if text[position - 1] != byte - 2 {
                    depth -= 1
                    beginLine()
                }
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                beginLine()
            case UInt8(ascii: ":"): output += [byte, 0x20]
            default: output.append(byte)
            }
        }
        return output
    }
}
