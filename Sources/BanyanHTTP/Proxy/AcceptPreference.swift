/// What a request's `Accept` and `Accept-Language` heads (RFC 9110 §12.5) want of a location.
enum AcceptPreference {
    ///  1. Nothing but `*/*`: a browser, by its name, gets pages; anything else what is not negotiated.
    ///  2. HTML not wanted most: each named type, best first, until the first wildcard, and what is negotiated.
    ///  3. Otherwise pages. Then each language, best first.
    static func attributes(
        accept: String?, language: String?, agent: String?
    ) -> [(name: String, value: String)] {
        let types = ranked(accept ?? "*/*")
        var attributes: [(String, String)] = []
        if types.allSatisfy({ $0 == "*/*" }) {
            let name = agent?.lowercased() ?? ""
            if name.hasPrefix("mozilla/") || name.hasPrefix("opera/") {
                attributes += browser
            } else {
                attributes.append(("http_role", "no_conneg"))
            }
        } else if types.first.map({ $0.contains("html") || $0 == "*/*" }) ?? true {
            attributes += browser
        } else {
            for type in types.prefix(while: { !$0.contains("*") }) {
                attributes += [("ctype", type), ("media-type", type)]
            }
            attributes.append(("http_role", "conneg"))
        }
        for tag in ranked(language ?? "") where tag != "*" { attributes.append(("language", tag)) }
        return attributes
    }

    private static let browser = [("http_role", "browser"), ("ctype", "text/html"), ("media-type", "text/html")]

    /// The names of a list with weights, the heaviest first; at most 32.
    private static func ranked(_ list: String) -> [String] {
        let entries = list.split(separator: ",").prefix(32).enumerated().map { position, entry in
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " } }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (name: parts.first?.lowercased() ?? "", weight: weight, position: position)
        }
        return entries.filter { $0.weight > 0 && !$0.name.isEmpty }
            .sorted { ($1.weight, $0.position) < ($0.weight, $1.position) }.map(\.name)
    }
}
