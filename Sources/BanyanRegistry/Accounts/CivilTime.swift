/// Date and time of a day, by the proleptic Gregorian calendar.
public struct CivilTime: Sendable {
    private let seconds: UInt64

    /// Of a zone's clock: add its offset first.
    public init(secondsSince1970 seconds: UInt64) { self.seconds = seconds }

    /// Of China, UTC+8 all the year.
    public init(inChinaAt seconds: UInt64) { self.init(secondsSince1970: seconds + 8 * 3_600) }

    /// `yyyy-MM-dd`.
    public var date: String {
        // Days are counted from 1 March of the year 0, so that leap days end a year.
        let days = Int(clamping: seconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
    }

    /// `yyyy-MM-dd HH:mm:ss`.
    public var dateAndTime: String {
        let second = Int(clamping: seconds % 86_400)
        let parts = [second / 3_600, second / 60 % 60, second % 60].map { Self.digits($0, 2) }
        return date + " " + parts.joined(separator: ":")
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
