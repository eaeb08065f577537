/// The parts of a form that carries files (RFC 7578).
enum Multipart {
    /// Longest head of a part, in bytes, and most parts.
    private static let headByteCountMax = 4_096
    private static let partCountMax = 16

    /// The bytes of the part of that name; nil where there is none, or the form cannot be read.
    static func part(_ name: String, in body: [UInt8], contentType: String) -> [UInt8]? {
        guard let boundary = boundary(in: contentType) else { return nil }
        let mark = Array("--\(boundary)".utf8)
        guard var start = find(mark, in: body, from: 0), start == 0 || body[..<start].last == 0x0A else { return nil }
        for _ in 0..<partCountMax {
            start += mark.count
            guard body[start...].starts(with: [0x0D, 0x0A]) else { return nil }
            guard let headEnd = find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: start),
                headEnd - start <= headByteCountMax,
                let end = find([0x0D, 0x0A] + mark, in: body, from: headEnd + 2)
            else { return nil }
            let head = String(decoding: body[start..<headEnd], as: UTF8.self)
            let first = min(headEnd + 4, end)
            if isNamed(name, head) { return Array(body[first..<end]) }
            start = end + 2
        }
        return nil
    }

    private static func boundary(in contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { $0.drop { $0 == " " } }
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() where part.lowercased().hasPrefix("boundary=") {
            let value = part.dropFirst(9).filter { $0 != "\"" }
            return (1...70).contains(value.utf8.count) ? String(value) : nil
        }
        return nil
    }

    private static func isNamed(_ name: String, _ head: String) -> Bool {
        head.split(whereSeparator: \.isNewline).contains { line in
            line.lowercased().hasPrefix("content-disposition:")
                && line.split(separator: ";").contains { $0.drop { $0 == " " } == "name=\"\(name)\"" }
        }
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        var position = start
        while position <= bytes.count - pattern.count {
            guard let next = bytes[position...].firstIndex(of: first), next <= bytes.count - pattern.count else {
                return nil
            }
            if bytes[next...].starts(with: pattern) { return next }
            position = next + 1
        }
        return nil
    }
}
