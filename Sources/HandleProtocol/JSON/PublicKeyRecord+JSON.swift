/// `{"kty":"RSA","n":…,"e":…}` and `{"kty":"DSA","y":…,"p":…,"q":…,"g":…}`: integers in base64url, without sign and
/// without padding (RFC 7518 §6.3).
extension JSONReader {
    /// The key that the object here stands for, as the reference encodes it. `field` follows what is being read.
    mutating func readPublicKey(field: inout WireField) throws(JSONError) -> PublicKeyRecord {
        let outer = field
        let start = position
        var kind: [UInt8] = []
        var numbers: [MemberName: [UInt8]] = [:]
        try beginObject()
        var isFirst = true
        while let name = try nextMember(isFirst: &isFirst) {
            switch name {
            case "kty": kind = contents(try readString())
            case "n", "e", "y", "p", "q", "g": numbers[name] = try readKeyNumber()
            default: throw failure(.unknownMember)
            }
        }
        field = outer
        if kind.rawSpan.equalsIgnoringCase("RSA"), let n = numbers["n"], let e = numbers["e"] {
            return .rsa(exponent: e, modulus: n)
        }
        if kind.rawSpan.equalsIgnoringCase("DSA"), let q = numbers["q"], let p = numbers["p"], let g = numbers["g"],
            let y = numbers["y"]
        {
            return PublicKeyRecord(.dsa(q: q, p: p, g: g, y: y))
        }
        throw JSONError(.wanted("a key: kty RSA with n and e, or kty DSA with y, p, q and g"), offset: start)
    }

    /// A number of a key, in two's complement as records hold it.
    private mutating func readKeyNumber() throws(JSONError) -> [UInt8] {
        let start = position
        var writer = ByteWriter()
        guard try writeDecoded({ text, writer in Base64.decode(text, into: &writer) }, to: &writer) else {
            throw JSONError(.wanted("a number in base64url"), offset: start)
        }
        let digits = writer.bytes.drop { $0 == 0 }
        guard let first = digits.first else { return [0] }
        return first < 0x80 ? Array(digits) : [0] + digits
    }
}

extension JSONWriter {
    /// Writes the key and says so; false, with nothing written, for a key that has no such form or would be read as
    /// other bytes.
    mutating func write(_ record: PublicKeyRecord) -> Bool {
        switch record.key {
        case .rsa(let exponent, let modulus) where record == .rsa(exponent: exponent, modulus: modulus):
            return write(kind: "RSA", [("n", modulus), ("e", exponent)])
        case .dsa(let q, let p, let g, let y) where record == PublicKeyRecord(record.key):
            return write(kind: "DSA", [("y", y), ("p", p), ("q", q), ("g", g)])
        default: return false
        }
    }

    private mutating func write(kind: String, _ numbers: [(name: StaticString, number: [UInt8])]) -> Bool {
        guard numbers.allSatisfy({ Self.isMinimal($0.number) }) else { return false }
        beginObject()
        name("kty")
        write(kind)
        for (name, number) in numbers {
            self.name(name)
            write(base64: (number.count > 1 && number[0] == 0 ? number[1...] : number[...]).rawSpan, .url)
        }
        endObject()
        return true
    }

    /// Whether a two's complement number is not negative and has no needless zero byte in front.
    private static func isMinimal(_ number: [UInt8]) -> Bool {
        guard let first = number.first, first < 0x80 else { return false }
        return number.count == 1 || first != 0 || number[1] >= 0x80
    }
}
