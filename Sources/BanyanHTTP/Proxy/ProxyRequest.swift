import HTTPTypes
import HandleProtocol

/// What a browser asks the proxy for: a handle, in any of the spellings that are in use, and options.
struct ProxyRequest {
    var handle: [UInt8]
    var indexes: [UInt32] = []
    var types: [[UInt8]] = []
    /// Shows the record instead of going on.
    var showsValues: Bool
    var ignoresAliases: Bool
    /// Put behind the target.
    var appended: String
    /// What the request wants of a location, by attribute: best first.
    var attributes: [(name: String, value: String)] = []

    init(_ call: HTTPCall) throws(ProblemResponse) {
        guard let path = PercentEncoding.decode(call.path.dropFirst()) else {
            throw ProblemResponse(.badRequest, "bad-encoding", "A percent sign without two hexadecimal digits")
        }
        handle = Self.name(in: path)
        // Options are parted by semicolons as well.
        let parameters = try HTTPParameters(form: (call.query ?? "").replacing(";", with: "&"))
        indexes = parameters.all("index").compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
            .map { UInt32(bitPattern: $0) }
        types = parameters.all("type")
        showsValues = parameters.text("noredirect") != nil || parameters.text("action") == "showvalues"
        ignoresAliases = parameters.text("ignore_aliases") != nil
        appended = parameters.text("urlappend").map { Self.encodedForLocation($0) } ?? ""
        for attribute in parameters.all("locatt") {
            let halves = String(decoding: attribute, as: UTF8.self).split(separator: ":", maxSplits: 1)
            if halves.count == 2 { attributes.append((String(halves[0]), String(halves[1]))) }
        }
        if parameters.text("action") == "metadata" { attributes.append(("role", "metadata")) }
        if let country = parameters.text("country") { attributes.append(("country", country.lowercased())) }
        attributes += AcceptPreference.attributes(
            accept: call.header(.accept), language: call.header(.acceptLanguage), agent: call.header(.userAgent))
    }

    /// Without the spellings that people put in front of a handle.
    private static func name(in path: [UInt8]) -> [UInt8] {
        var text = String(decoding: path, as: UTF8.self)[...]
        text = text.drop { $0.isWhitespace }
        for prefix in ["info:doi/", "info:hdl/", "hdl:", "doi:", "urn:hdl:", "urn:doi:"]
        where text.lowercased().hasPrefix(prefix) {
            var rest = text.dropFirst(prefix.count)
            if prefix.hasPrefix("urn:"), let colon = rest.firstIndex(of: ":") {
                rest.replaceSubrange(colon...colon, with: "/")
            }
            return Array(rest.utf8)
        }
        return Array(text.utf8)
    }

    /// As it may stand in a `Location`: what is no visible ASCII is encoded, so that no line can end in it.
    static func encodedForLocation(_ text: String) -> String {
        PercentEncoding.encode(Array(text.utf8), keeping: "!#$%&'()*+,/:;=?@[]")
    }
}
