import BanyanTransport
import HandleProtocol

/// One setting of a node, declared once: the parser, `--set`, the file that `init` writes, the sample in deploy/ and
/// the manual all come from it.
public struct Setting: Sendable {
    /// Section and key, with a dot between; a key of the top level has none.
    public var name: String
    public var kind: SettingKind
    /// What holds when nobody says anything, as the file would write it.
    public var usual: SettingValue
    public var english: String
    public var chinese: String
    /// Whether a running node takes a new value when it reloads.
    public var isReloaded: Bool

    var section: String? { name.split(separator: ".").count > 1 ? String(name.split(separator: ".")[0]) : nil }
    var key: String { section.map { String(name.dropFirst($0.utf8.count + 1)) } ?? name }
}

/// What an option takes, and in which bounds.
public enum SettingKind: Sendable {
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    /// Seconds or days: a number counts the unit, a text such as "90s", "5m", "24h", "30d" says its own.
    case duration(unit: DurationUnit, ClosedRange<Int>)
    /// Bytes: a number, or a text such as "64KiB", "16MiB", "64GiB", "1TiB".
    case byteCount(ClosedRange<Int>)
    /// Addresses with ports, at least one.
    case endpoints
    /// Addresses with ports, or none.
    case optionalEndpoints
    /// A file's path; a relative one begins at the data directory. Empty: none.
    case file
    /// The beginning of a URL's path, or nothing.
    case urlPath
    /// Networks in CIDR form; a bare address is a network of one.
    case networks
    /// Where a key is found, INDEX:HANDLE, or nothing.
    case optionalReference
    /// An absolute path; empty: none.
    case path
    /// A word of letters, digits, and what names and digests have besides; empty: none.
    case word

    public enum DurationUnit: Int, Sendable {
        case seconds = 1
        case days = 86_400
    }

    /// What would be accepted, for errors and the manual.
    public var accepted: String {
        switch self {
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let names): "one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
        case .duration(.seconds, let range):
            "seconds from \(range.lowerBound) to \(range.upperBound), or a text such as \"30s\", \"5m\", \"24h\""
        case .duration(.days, let range):
            "days from \(range.lowerBound) to \(range.upperBound), or a text such as \"400d\""
        case .byteCount(let range):
            "bytes from \(range.lowerBound) to \(range.upperBound), or a text such as \"64MiB\", \"128GiB\""
        case .endpoints, .optionalEndpoints:
            "addresses with ports, such as \"192.0.2.1:2641\" or \"[2001:db8::1]:2641\""
        case .file: "the path of a file; a relative one begins at the data directory"
        case .urlPath: "nothing, or a path such as \"/snmsapi\""
        case .optionalReference: "an index and a handle, such as \"301:0.NA/88.118.8\""
        case .path: "a path that begins with /, or nothing"
        case .word: "a word of at most 255 letters, digits, dots, dashes, underscores"
        case .networks: "networks, such as \"192.0.2.0/24\" or \"2001:db8::/32\""
        }
    }
}

extension SettingKind {
    /// The value in the form that a node works with (numbers in seconds, days or bytes), or nil when it does not fit.
    func normalized(_ value: SettingValue) -> SettingValue? {
        switch (self, value) {
        case (.integer(let range), .integer(let number)): range.contains(number) ? value : nil
        case (.boolean, .boolean): value
        case (.choice(let names), .text(let name)): names.contains(name) ? value : nil
        case (.file, .text(let path)): path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? value : nil
        case (.duration(_, let range), .integer(let number)): range.contains(number) ? value : nil
        case (.duration(let unit, let range), .text(let text)):
            Self.number(text, units: ["s": 1, "m": 60, "h": 3_600, "d": 86_400])
                .flatMap { $0 % unit.rawValue == 0 ? $0 / unit.rawValue : nil }
                .flatMap { range.contains($0) ? .integer($0) : nil }
        case (.byteCount(let range), .integer(let number)): range.contains(number) ? value : nil
        case (.byteCount(let range), .text(let text)):
            Self.number(text, units: ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40])
                .flatMap { range.contains($0) ? .integer($0) : nil }
        case (.endpoints, .texts(let texts)):
            !texts.isEmpty && texts.allSatisfy { Endpoint($0) != nil } ? value : nil
        case (.optionalEndpoints, .texts(let texts)): texts.allSatisfy { Endpoint($0) != nil } ? value : nil
        case (.urlPath, .text(let text)):
            text.isEmpty || text.hasPrefix("/") && text.utf8.allSatisfy { Self.isPathByte($0) } ? value : nil
        case (.networks, .texts(let texts)): texts.allSatisfy { Network($0) != nil } ? value : nil
        case (.path, .text(let text)): text.isEmpty || text.hasPrefix("/") ? value : nil
        case (.word, .text(let text)):
            text.utf8.count <= 255 && text.utf8.allSatisfy { Self.isWordByte($0) } ? value : nil
        case (.endpoints, .text(let text)), (.optionalEndpoints, .text(let text)), (.networks, .text(let text)):
            normalized(.texts([text]))
        case (.optionalReference, .text(let text)): text.isEmpty || ValueReference(text) != nil ? value : nil
        default: nil
        }
    }

    /// The value that a command line means by `text`: there are no quotes there, and commas part a list.
    func value(ofArgument text: String) -> SettingValue {
        switch self {
        case .endpoints, .optionalEndpoints, .networks:
            .texts(text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : .text(text)
        case .integer, .duration, .byteCount: Int(text).map(SettingValue.integer) ?? .text(text)
        case .choice, .file, .urlPath, .optionalReference, .path, .word: .text(text)
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isPathByte(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "~")
    }

    /// What a path holds without being encoded, but for a percent sign (RFC 3986 §2.3).
    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// `text` as a number followed by one of `units`; nil also when it is too large for an integer.
    private static func number(_ text: String, units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), let factor = units[String(text.dropFirst(digits.count))] else { return nil }
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: factor)
        return isTooLarge ? nil : product
    }
}
