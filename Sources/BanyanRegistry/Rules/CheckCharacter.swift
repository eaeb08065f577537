/// How the last letter or digit of a name is made of those before it. Signs between them (`-`, `.`, `/` …) are for
/// readers, and not counted.
public enum CheckCharacter: String, Sendable, CaseIterable {
    /// ISO/IEC 7064 MOD 37,36: letters and digits.
    case mod37And36 = "mod-37-36"
    /// ISO/IEC 7064 MOD 11,10: digits.
    case mod11And10 = "mod-11-10"
    /// ISO/IEC 7812-1 (Luhn): digits.
    case luhn
    /// GS1 General Specifications, modulo 10: digits.
    case gs1

    /// Whether the name ends with what it must end with. Letters have no case.
    func isRight(in name: [UInt8]) -> Bool {
        guard let values = values(of: name), values.count > 1, let last = values.last else { return false }
        return value(behind: values.dropLast()) == last
    }

    /// What is to be put behind a name; nil where the name has characters that cannot be counted, or none.
    public func character(behind name: [UInt8]) -> UInt8? {
        guard let values = values(of: name), !values.isEmpty else { return nil }
        let value = value(behind: values[...])
        return UInt8(value < 10 ? 0x30 + value : 0x41 + value - 10)
    }

    private var base: Int { self == .mod37And36 ? 36 : 10 }

    private func values(of name: [UInt8]) -> [Int]? {
        var values: [Int] = []
        for byte in name {
            let value: Int
            switch byte {
            case 0x30...0x39: value = Int(byte) - 0x30
            case 0x41...0x5A: value = Int(byte) - 0x41 + 10
            case 0x61...0x7A: value = Int(byte) - 0x61 + 10
            case 0x21...0x7E: continue
            default: return nil
            }
            guard value < base else { return nil }
            values.append(value)
        }
        return values
    }

    private func value(behind values: ArraySlice<Int>) -> Int {
        switch self {
        case .mod37And36, .mod11And10:
            // The hybrid system of ISO/IEC 7064 §9: a sum modulo M, doubled modulo M + 1.
            var product = base
            for value in values {
                let sum = (product + value) % base
                product = (sum == 0 ? base : sum) * 2 % (base + 1)
            }
            return (base + 1 - product) % base
        case .luhn:
            return Self.complement(values) { position, value in
                let doubled = position % 2 == 0 ? value * 2 : value
                return doubled > 9 ? doubled - 9 : doubled
            }
        case .gs1: return Self.complement(values) { position, value in position % 2 == 0 ? value * 3 : value }
        }
    }

    /// What the weighed values lack to a multiple of ten; positions count from the right, from 0 on.
    private static func complement(_ values: ArraySlice<Int>, _ weigh: (Int, Int) -> Int) -> Int {
        var sum = 0
        for (position, value) in values.reversed().enumerated() { sum += weigh(position, value) }
        return (10 - sum % 10) % 10
    }
}
