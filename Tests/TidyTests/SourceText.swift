/// Swift source with everything blanked that is not code, line ends and columns kept: rules about words must not
/// stumble over a sentence in a comment or a string.
struct SourceText {
    /// Comments and string literals are blanks; code inside an interpolation stays.
    let code: [UInt8]

    private enum Context {
        case code(openParentheses: Int)
        case string(quotes: Int, pounds: Int)
    }

    init(stripping source: [UInt8]) {
        var scanner = Scanner(bytes: source)
        scanner.run()
        code = scanner.output
    }

    /// The code as text, for patterns.
    var text: String { String(decoding: code, as: UTF8.self) }

    var lines: [String] {
        code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var output: [UInt8] = []
        var position = 0
        var contexts = [Context.code(openParentheses: 0)]

        init(bytes: [UInt8]) {
            self.bytes = bytes
            output.reserveCapacity(bytes.count)
        }

        mutating func run() {
            while position < bytes.count, let context = contexts.last {
                switch context {
                case .code(let openParentheses): scanCode(openParentheses: openParentheses)
                case .string(let quotes, let pounds): scanString(quotes: quotes, pounds: pounds)
                }
            }
        }

        /// Keeps this byte and all that mean nothing to the scanner.
        mutating func keep() {
            var end = position + 1
            while end < bytes.count, !Self.isSpecial[Int(bytes[end])] { end += 1 }
            output += bytes[position..<end]
            position = end
        }

        /// The bytes at which code can become something else.
        private static let isSpecial = (0...255).map { "/\"#()".utf8.contains(UInt8($0)) }

        mutating func blank(_ count: Int = 1) {
            for byte in bytes[position..<min(position + count, bytes.count)] {
                output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
            }
            position = min(position + count, bytes.count)
        }

        mutating func scanCode(openParentheses: Int) {
            switch bytes[position] {
            case UInt8(ascii: "/") where isAt("//"):
                blank((bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count) - position)
            case UInt8(ascii: "/") where isAt("/*"):
                blankBlockComment()
            case UInt8(ascii: "#"), UInt8(ascii: "\""):
                guard let pounds = poundsBeforeQuote() else { return keep() }
                blank(pounds)
                let quotes = isAt("\"\"\"") ? 3 : 1
                blank(quotes)
                contexts.append(.string(quotes: quotes, pounds: pounds))
            case UInt8(ascii: "("):
                contexts[contexts.count - 1] = .code(openParentheses: openParentheses + 1)
                keep()
            case UInt8(ascii: ")") where openParentheses == 1 && contexts.count > 1:
                contexts.removeLast()
                blank()
            case UInt8(ascii: ")"):
                contexts[contexts.count - 1] = .code(openParentheses: openParentheses - 1)
                keep()
            default:
                keep()
            }
        }

        mutating func scanString(quotes: Int, pounds: Int) {
            let marks = String(repeating: "#", count: pounds)
            switch bytes[position] {
            case UInt8(ascii: "\"") where isAt(String(repeating: "\"", count: quotes) + marks):
                blank(quotes + pounds)
                contexts.removeLast()
            case UInt8(ascii: "\\") where isAt("\\" + marks + "("):
                blank(2 + pounds)
                contexts.append(.code(openParentheses: 1))
            case UInt8(ascii: "\\") where isAt("\\" + marks):
                blank(2 + pounds)
            default:
                blank()
            }
        }

        func isAt(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

        /// The number of `#` in front of a quotation mark here; nil when no string begins here.
        func poundsBeforeQuote() -> Int? {
            var end = position
            while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
            return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : nil
        }

        mutating func blankBlockComment() {
            var depth = 0
            repeat {
                if isAt("/*") {
                    depth += 1
                    blank(2)
                } else if isAt("*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && position < bytes.count
        }
    }
}
