import Foundation
import FoundationXML
import HTTPTypes
import HandleProtocol

/// Chooses where a handle's browser goes: among its URL values and the locations of its `10320/loc` value.
enum Locations {
    /// Where to go, how, and how long that may be kept.
    struct Target {
        var location: String
        var status: HTTPResponse.Status
        var secondsToLive: Int64
        var dependsOnAccept = false
    }

    /// A longer document is not looked into.
    private static let documentByteCountMax = 64 << 10
    private static let locationCountMax = 256

    static func target(in values: [HandleValue], for request: ProxyRequest) -> Target? {
        let urls = urls(in: values)
        let list = values.first { $0.foldedType == Array("10320/LOC".utf8) }
        guard request.types.isEmpty, let list, list.data.count <= documentByteCountMax,
            let document = LocationDocument(parsing: list.data)
        else {
            guard let url = urls.first, let location = location(url.data) else { return nil }
            return Target(location: location, status: .found, secondsToLive: secondsToLive([url]))
        }
        var candidates = document.locations.prefix(locationCountMax).map { $0 }
        if !document.hasNoLegacy {
            let weight = candidates.isEmpty ? 1.0 : 0
            candidates += urls.map { LocationDocument.Location(url: $0.data, weight: weight) }
        }
        let dependsOnAccept = candidates.contains { $0.attributes["http_role"] == "conneg" }
        guard let chosen = choose(candidates, by: document.steps, for: request),
            let location = location(chosen.filled(with: request.handle))
        else { return nil }
        return Target(
            location: location, status: chosen.status ?? document.status ?? .found,
            secondsToLive: secondsToLive(urls + [list]), dependsOnAccept: dependsOnAccept)
    }

    /// Each step keeps the locations that match, or all where none does.
    private static func choose(
        _ candidates: [LocationDocument.Location], by steps: [String], for request: ProxyRequest
    ) -> LocationDocument.Location? {
        var left = candidates
        for step in steps where left.count > 1 {
            switch step {
            case "locatt":
                for (name, value) in request.attributes where name != "country" && left.count > 1 {
                    let matching = left.filter { $0.attributes[name]?.lowercased() == value.lowercased() }
                    if !matching.isEmpty { left = matching }
                }
            case "country":
                guard let country = request.attributes.first(where: { $0.name == "country" })?.value else { continue }
                let matching = left.filter { $0.attributes["country"]?.lowercased() == country }
                if !matching.isEmpty { left = matching }
            case "score":
                let best = left.map(\.score).max() ?? 0
                left = left.filter { $0.score == best }
            case "weighted": return weighted(left)
            default: continue
            }
        }
        return left.count == 1 ? left[0] : weighted(left)
    }

    /// One by chance, in proportion to the weights; all of them 0: each as likely.
    private static func weighted(_ locations: [LocationDocument.Location]) -> LocationDocument.Location? {
        let total = locations.reduce(0) { $0 + max(0, $1.weight) }
        guard total > 0, total.isFinite else { return locations.randomElement() }
        var left = Double.random(in: 0..<total)
        for location in locations {
            left -= max(0, location.weight)
            if left < 0 { return location }
        }
        return locations.last
    }

    /// Values of type URL in record order, or else of its subtypes.
    private static func urls(in values: [HandleValue]) -> [HandleValue] {
        let exact = values.filter { ["URL", "0.TYPE/URL"].map { Array($0.utf8) }.contains($0.foldedType) }
        guard exact.isEmpty else { return exact }
        return values.filter { $0.foldedType.starts(with: Array("URL.".utf8)) }
    }

    /// Only to where a page may send: never to a script.
    private static func location(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard text.contains(":"), !["javascript", "data", "vbscript", "file"].contains(scheme) else { return nil }
        return ProxyRequest.encodedForLocation(text)
    }

    /// The soonest end of the values that were used; a time to live counts for two days at most.
    private static func secondsToLive(_ values: [HandleValue]) -> Int64 {
        let now = Int64(RecordPage.now)
        return values.map { value in
            let seconds = Int64(value.timeToLive.value)
            let left = value.timeToLive.kind == 0 ? seconds : seconds - now
            return min(max(0, left), 172_800)
        }.min() ?? 0
    }
}

/// The XML of a `10320/loc` value: `<locations chooseby="…"><location href="…" weight="…"/>…</locations>`.
struct LocationDocument {
    struct Location {
        var url: [UInt8]
        var attributes: [String: String] = [:]
        var weight = 1.0
        var score: Double { attributes["score"].flatMap { Double($0) } ?? 0 }
        var status: HTTPResponse.Status? { LocationDocument.status(attributes["http_sc"]) }

        init(url: [UInt8], weight: Double) {
            self.url = url
            self.weight = weight
        }

        init(_ attributes: [String: String]) {
            self.attributes = attributes
            url = Array((attributes["href"] ?? attributes["href_template"] ?? "").utf8)
            weight = attributes["weight"].flatMap { Double($0) } ?? 1
        }

        /// The address, with the handle in the place that a template leaves for it.
        func filled(with handle: [UInt8]) -> [UInt8] {
            guard attributes["href"] == nil, attributes["href_template"] != nil else { return url }
            return Array(
                String(decoding: url, as: UTF8.self)
                    .replacing("{hdl}", with: PercentEncoding.encode(handle))
                    .replacing("{hdl:path}", with: PercentEncoding.encode(handle, keeping: "/")).utf8)
        }
    }

    private(set) var locations: [Location] = []
    private(set) var steps = ["locatt", "address", "country", "score", "weighted"]
    private(set) var status: HTTPResponse.Status?
    private(set) var hasNoLegacy = false

    init?(parsing bytes: [UInt8]) {
        // No document of this kind declares a type or entities; one that does is not read.
        guard !String(decoding: bytes, as: UTF8.self).contains("<!") else { return nil }
        let reader = LocationReader()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = reader
        guard parser.parse(), reader.isLocations else { return nil }
        locations = reader.locations.map(Location.init)
        if let order = reader.root["chooseby"] ?? reader.root["choose_by"] {
            steps = order.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        }
        status = Self.status(reader.root["http_sc"])
        hasNoLegacy = reader.root["no_legacy"] != nil
    }

    static func status(_ text: String?) -> HTTPResponse.Status? {
        guard let code = text.flatMap({ Int($0) }), [301, 302, 303, 307, 308].contains(code) else { return nil }
        return HTTPResponse.Status(code: code)
    }
}

private final class LocationReader: NSObject, XMLParserDelegate {
    var isLocations = false
    var root: [String: String] = [:]
    var locations: [[String: String]] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        switch name {
        case "locations":
            isLocations = true
            root = attributes
        case "location": locations.append(attributes)
        default: break
        }
    }
}
