/// One row of CSV (RFC 4180): fields with commas between, in double quotes where they hold commas, quotes or line ends;
/// a quote inside is doubled.
enum CSVRow {
    /// The fields, unquoted; nil when quotes stand where they may not.
    static func fields(of row: [UInt8]) -> [[UInt8]]? {
        var fields: [[UInt8]] = []
        var position = 0
        while true {
            var field: [UInt8] = []
            if position < row.count, row[position] == 0x22 {
                position += 1
                guard let end = unquote(row, from: position, into: &field) else { return nil }
                position = end
                guard position == row.count || row[position] == 0x2C else { return nil }
            } else {
                while position < row.count, row[position] != 0x2C {
                    guard row[position] != 0x22 else { return nil }
                    field.append(row[position])
                    position += 1
                }
            }
            fields.append(field)
            guard position < row.count else { return fields }
            position += 1
        }
    }

    /// Where the text behind the closing quote begins; nil without one.
    private static func unquote(_ row: [UInt8], from start: Int, into field: inout [UInt8]) -> Int? {
        var position = start
        while position < row.count {
            if row[position] == 0x22 {
                guard position + 1 < row.count, row[position + 1] == 0x22 else { return position + 1 }
                position += 1
            }
            field.append(row[position])
            position += 1
        }
        return nil
    }

    /// The row's text, line end (CR LF) included. Fields are quoted where they must be.
    static func text(of fields: [[UInt8]]) -> [UInt8] {
        var text: [UInt8] = []
        for (position, field) in fields.enumerated() {
            if position > 0 { text.append(0x2C) }
            let isPlain =
                field.allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x0A && $0 != 0x0D } && field.first != 0x20
                && field.last != 0x20
            if isPlain {
                text += field
            } else {
                text.append(0x22)
                for byte in field { text += byte == 0x22 ? [0x22, 0x22] : [byte] }
                text.append(0x22)
            }
        }
        return text + [0x0D, 0x0A]
    }
}
