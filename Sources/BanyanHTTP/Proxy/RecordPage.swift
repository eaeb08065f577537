import Foundation
import HTTPTypes
import HandleProtocol
import Hummingbird
import NIOCore

/// Pages that the proxy shows: a record, an error, a redirect. Small, without scripts; all that comes from records is
/// escaped, and nothing may be loaded.
enum RecordPage {
    static var now: UInt32 { UInt32(clamping: Int64(Date().timeIntervalSince1970)) }

    static func response(
        _ status: HTTPResponse.Status, _ handle: [UInt8], values: [HandleValue] = [], message: String? = nil
    ) -> Response {
        let name = escaped(handle)
        var rows = ""
        for value in values {
            let isText = UTF8Text.isValid(value.data.rawSpan)
            let data = isText ? escaped(value.data) : "<i>" + String(value.data.count) + " B</i>"
            rows += "<tr><td>\(value.index)</td><td>\(escaped(value.type))</td><td>\(data)</td></tr>\n"
        }
        let table = "<table><tr><th>Index</th><th>Type 类型</th><th>Data 数据</th></tr>\n\(rows)</table>"
        return page(status, title: name, body: message.map { "<p>" + escaped(Array($0.utf8)) + "</p>" } ?? table)
    }

    static func redirect(to location: String, _ status: HTTPResponse.Status) -> Response {
        let link = escaped(Array(location.utf8))
        var response = page(status, title: "Handle Redirect", body: "<a href=\"\(link)\">\(link)</a>")
        response.headers[.location] = location
        return response
    }

    private static func page(_ status: HTTPResponse.Status, title: String, body: String) -> Response {
        let text = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(title)</title></head>
            <body><h1>\(title)</h1>
            \(body)
            </body></html>

            """
        return Response(
            status: status,
            headers: [
                .contentType: "text/html;charset=utf-8", .named("X-Content-Type-Options"): "nosniff",
                .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var text = ""
        for character in String(decoding: bytes, as: UTF8.self) {
            switch character {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case "\"": text += "&quot;"
            default: text.append(character)
            }
        }
        return text
    }
}

/// Dates as HTTP writes them (RFC 9110 §5.6.7): `Wed, 25 Nov 2026 20:37:29 GMT`.
enum HTTPDate {
    static func text(secondsSince1970 seconds: Int64) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.weekday, .day, .month, .year, .hour, .minute, .second],
            from: Date(timeIntervalSince1970: TimeInterval(seconds)))
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let day = days[((parts.weekday ?? 1) - 1) % 7]
        let month = months[((parts.month ?? 1) - 1) % 12]
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970) "
            + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
    }
}
