public import BanyanRegistry

/// Figures of one name, as Prometheus and OpenMetrics take them. No label holds a handle or an address.
public struct MetricFamily: Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    struct Sample: Sendable {
        var suffix = ""
        var labels: [(String, String)]
        var value: String
    }

    /// Without `_total`, which counters get.
    let name: String
    let kind: Kind
    let help: String
    private(set) var samples: [Sample] = []

    private init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    public static func counter(_ name: String, _ help: String, _ count: UInt64) -> MetricFamily {
        counters(name, help, label: "", [("", count)])
    }

    /// A counter for each value of a label.
    public static func counters(
        _ name: String, _ help: String, label: String, _ counts: [(String, UInt64)]
    ) -> MetricFamily {
        var family = MetricFamily(name, .counter, help)
        family.samples = counts.map { value, count in
            Sample(suffix: "_total", labels: label.isEmpty ? [] : [(label, value)], value: String(count))
        }
        return family
    }

    public static func gauge(
        _ name: String, _ help: String, _ value: Double, labels: [(String, String)] = []
    ) -> MetricFamily {
        var family = MetricFamily(name, .gauge, help)
        family.samples = [Sample(labels: labels, value: text(value))]
        return family
    }

    public static func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) -> MetricFamily {
        var family = MetricFamily(name, .histogram, help)
        let reading = histogram.reading
        for (bound, count) in zip(DurationHistogram.bounds, reading.cumulative) {
            family.samples.append(Sample(suffix: "_bucket", labels: [("le", text(bound))], value: String(count)))
        }
        family.samples += [
            Sample(suffix: "_bucket", labels: [("le", "+Inf")], value: String(reading.count)),
            Sample(suffix: "_sum", labels: [], value: text(reading.sum)),
            Sample(suffix: "_count", labels: [], value: String(reading.count)),
        ]
        return family
    }

    private static func text(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else { return String(value) }
        return String(Int(value))
    }
}

/// The text that is scraped: Prometheus 0.0.4, or OpenMetrics 1.0.
enum MetricsText {
    static func text(_ families: [MetricFamily], isOpen: Bool) -> String {
        var text = ""
        for family in families {
            let name = family.kind == .counter && !isOpen ? family.name + "_total" : family.name
            text += "# HELP \(name) \(escaped(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += family.name + sample.suffix
                if !sample.labels.isEmpty {
                    text += "{" + sample.labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
                }
                text += " \(sample.value)\n"
            }
        }
        return isOpen ? text + "# EOF\n" : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\"", with: "\\\"")
    }
}
