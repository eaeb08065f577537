/// Which enterprise prefix a maker has. One enterprise has several names in several registries ("Intel Corp.", "Intel
/// Corporation"): legal forms, punctuation and remarks in brackets do not make another one.
public struct EnterpriseDirectory: Sendable {
    public struct Enterprise: Equatable, Sendable {
        public var prefix: String
        /// As the first registry that lists it spells it.
        public var name: String
        public var address: String?
    }

    /// Enterprises in the order of their numbers.
    public private(set) var enterprises: [Enterprise] = []
    private let industryPrefix: String
    private var positions: [String: Int] = [:]

    /// Enterprise numbers begin here, as they do under the industry prefixes in use.
    private static let firstNumber = 1_001

    public init(industryPrefix: String) { self.industryPrefix = industryPrefix }

    /// The maker's prefix; a new one when the maker was not known. So numbers follow the order of the registries, and
    /// the same files give the same numbers.
    public mutating func prefix(of maker: String, address: String? = nil) -> String {
        let key = Self.key(of: maker)
        if let position = positions[key] {
            if enterprises[position].address == nil { enterprises[position].address = address }
            return enterprises[position].prefix
        }
        let prefix = "\(industryPrefix).\(Self.firstNumber + enterprises.count)"
        positions[key] = enterprises.count
        enterprises.append(Enterprise(prefix: prefix, name: maker, address: address))
        return prefix
    }

    private static let legalForms: Set<String> = [
        "ab", "ag", "as", "bv", "co", "company", "corp", "corporate", "corporation", "gmbh", "inc", "incorporated",
        "kg",
        "kk", "limited", "llc", "ltd", "nv", "oy", "plc", "private", "pte", "pty", "pvt", "sa", "sas", "spa", "srl",
    ]

    /// Lower-case words without what stands in brackets and without legal forms at the end; never empty for a name that
    /// has a letter.
    static func key(of name: String) -> String {
        var depth = 0
        var words: [String] = [""]
        for character in name.lowercased() {
            switch character {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "." where depth <= 0, "'" where depth <= 0: continue
            case _ where depth > 0: continue
            case _ where character.isLetter || character.isNumber: words[words.count - 1].append(character)
            default: words.append("")
            }
        }
        words.removeAll { $0.isEmpty }
        while words.count > 1, let last = words.last, legalForms.contains(last) { words.removeLast() }
        return words.isEmpty ? name : words.joined(separator: " ")
    }
}
