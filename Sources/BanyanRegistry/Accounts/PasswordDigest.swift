import HandleProtocol
public import OpenSSL

/// What programs of secondary nodes send in place of a password: its SHA-256 in lower-case hexadecimal digits, and for
/// one day that joined with the date and hashed again.
public enum PasswordDigest {
    /// Shortest password that is taken, in characters. Of digests nobody can tell.
    public static let lengthMin = 8
    public static let lengthMax = 64

    /// What everybody tries first, in lower case.
    private static let common: Set<String> = [
        "12345678", "123456789", "1234567890", "11111111", "00000000", "88888888", "66666666", "password", "passw0rd",
        "password1", "password123", "qwertyui", "qwertyuiop", "1qaz2wsx", "abc12345", "abcd1234", "a1234567",
        "admin123", "admin1234", "administrator", "iloveyou", "woaini1314", "5201314520", "123123123", "12341234",
        "87654321",
    ]

    /// Whether a password as it was typed may be one: UTF-8 of 8 to 64 characters without controls, and none of those
    /// that everybody tries first.
    public static func isStrong(_ password: [UInt8]) -> Bool {
        guard let text = String(validating: password, as: UTF8.self), (lengthMin...lengthMax).contains(text.count),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return false }
        return Set(text).count > 2 && !common.contains(text.lowercased())
    }

    /// Of a password as it was typed.
    public static func digest(of password: SecretBytes) -> SecretBytes {
        SecretBytes(hexDigest(of: password.exposed))
    }

    /// A digest as a client sends it; nil for any other text.
    public static func digest(_ text: String) -> SecretBytes? {
        guard text.utf8.count == 64, Hex.decode(Array(text.utf8)) != nil else { return nil }
        return SecretBytes(Array(text.lowercased().utf8))
    }

    /// What a client sends on that day, `yyyy-MM-dd`.
    public static func answer(_ digest: SecretBytes, on day: String) -> [UInt8] {
        hexDigest(of: digest.exposed + Array(day.utf8))
    }

    /// The days that a client in China (UTC+8) may take for today at that time, seconds since 1970: within five minutes
    /// of midnight also the neighbouring one.
    public static func days(at time: UInt64) -> [String] {
        let slack: UInt64 = 300
        let local = time + 8 * 3_600
        var days: [String] = []
        for moment in [local, local - slack, local + slack] {
            let day = CivilTime(secondsSince1970: moment).date
            if !days.contains(day) { days.append(day) }
        }
        return days
    }

    private static func hexDigest(of bytes: [UInt8]) -> [UInt8] { Hex.encode(Digest.hash(bytes, .sha256)) }
}
