/// A point in time as the Handle System counts it, seconds since 1970 without a sign, and its ISO 8601 text in UTC:
/// `2026-01-02T03:04:05Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var secondsSince1970: UInt32

    public init(secondsSince1970: UInt32) { self.secondsSince1970 = secondsSince1970 }

    public static func < (one: Timestamp, other: Timestamp) -> Bool { one.secondsSince1970 < other.secondsSince1970 }

    /// Reads `YYYY-MM-DDTHH:MM:SS`, with a fraction (cut off) where there is one, then `Z` or `±HH:MM`; nil for any
    /// other text, and for what lies before 1970 or behind 2106.
    public init?(text: RawSpan) {
        func number(_ offset: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for position in offset..<(offset + count) {
                let byte = text.byte(at: position)
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func isAt(_ offset: Int, _ mark: Unicode.Scalar) -> Bool { text.byte(at: offset) == UInt8(ascii: mark) }
        guard text.byteCount >= 20, isAt(4, "-"), isAt(7, "-"), isAt(10, "T") || isAt(10, "t"), isAt(13, ":"),
            isAt(16, ":"),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), day >= 1,
            day <= Self.dayCount(of: month, year: year), hour < 24, minute < 60, second < 60
        else { return nil }
        var end = 19
        if isAt(end, ".") {
            end += 1
            guard number(end, 1) != nil else { return nil }
            while number(end, 1) != nil { end += 1 }
        }
        var seconds = Self.days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
        if isAt(end, "Z") || isAt(end, "z") {
            guard text.byteCount == end + 1 else { return nil }
        } else {
            guard isAt(end, "+") || isAt(end, "-"), isAt(end + 3, ":"), text.byteCount == end + 6,
                let hours = number(end + 1, 2), let minutes = number(end + 4, 2), hours < 24, minutes < 60
            else { return nil }
            let shift = hours * 3_600 + minutes * 60
            seconds += isAt(end, "+") ? -shift : shift
        }
        guard let value = UInt32(exactly: seconds) else { return nil }
        secondsSince1970 = value
    }

    /// Writes 20 characters.
    public func write(to writer: inout ByteWriter) {
        let days = Int64(secondsSince1970) / 86_400
        let second = Int64(secondsSince1970) % 86_400
        let (year, month, day) = Self.date(days: days)
        func digits(_ value: Int64, _ count: Int) {
            var divisor: Int64 = count == 4 ? 1_000 : 10
            for _ in 0..<count {
                writer.write(UInt8(truncatingIfNeeded: 0x30 + value / divisor % 10))
                divisor /= 10
            }
        }
        digits(year, 4)
        writer.write(UInt8(ascii: "-"))
        digits(month, 2)
        writer.write(UInt8(ascii: "-"))
        digits(day, 2)
        writer.write(UInt8(ascii: "T"))
        digits(second / 3_600, 2)
        writer.write(UInt8(ascii: ":"))
        digits(second / 60 % 60, 2)
        writer.write(UInt8(ascii: ":"))
        digits(second % 60, 2)
        writer.write(UInt8(ascii: "Z"))
    }

    private static func dayCount(of month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970. Years begin in March here, so that the day of a leap year comes last; 719,468 days lie between
    /// the first of March of year 0 and 1970.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let century = shifted / 400
        let yearOfCentury = shifted - century * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return century * 146_097 + yearOfCentury * 365 + yearOfCentury / 4 - yearOfCentury / 100 + dayOfYear - 719_468
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let century = shifted / 146_097
        let dayOfCentury = shifted - century * 146_097
        let yearOfCentury =
            (dayOfCentury - dayOfCentury / 1_460 + dayOfCentury / 36_524 - dayOfCentury / 146_096) / 365
        let dayOfYear = dayOfCentury - (365 * yearOfCentury + yearOfCentury / 4 - yearOfCentury / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfCentury + century * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Timestamp: CustomStringConvertible {
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(text: bytes.rawSpan)
    }

    public var description: String {
        var writer = ByteWriter(capacity: 20)
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
