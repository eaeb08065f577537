import Foundation

/// One measured figure beside its peer's, from the same run.
public struct Figure: Codable, Equatable, Sendable {
    public enum Better: String, Codable, Sendable {
        case higher, lower
    }

    public var workload: String
    public var unit: String
    public var ours: Double
    /// What stands beside it: the name of a peer, a limit program, or a target.
    public var peerName: String?
    public var peer: Double?
    public var better: Better

    public init(
        _ workload: String, unit: String, ours: Double, peerName: String? = nil, peer: Double? = nil,
        better: Better = .higher
    ) {
        self.workload = workload
        self.unit = unit
        self.ours = ours
        self.peerName = peerName
        self.peer = peer
        self.better = better
    }

    /// Ours ÷ the peer's.
    public var ratio: Double? {
        guard let peer, peer != 0 else { return nil }
        return ours / peer
    }
}

/// Figures with what one needs to believe or repeat them: machine, seed, command.
public struct FigureTable: Codable, Equatable, Sendable {
    public var machine: String
    public var seed: UInt64
    public var command: String
    public var figures: [Figure]

    public init(seed: UInt64, command: String, figures: [Figure] = []) {
        machine = FigureTable.thisMachine()
        self.seed = seed
        self.command = command
        self.figures = figures
    }

    /// Processor, how many, kernel.
    static func thisMachine() -> String {
        let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
        let parts = [
            model ?? "unknown processor", "\(ProcessInfo.processInfo.activeProcessorCount) processors",
            "Linux " + kernel.trimmingCharacters(in: .whitespacesAndNewlines),
        ]
        return parts.joined(separator: ", ")
    }

    /// For people: a line a figure, columns aligned.
    public func text() -> String {
        var rows = [["workload", "ours", "unit", "beside", "its figure", "ratio"]]
        for figure in figures {
            rows.append([
                figure.workload, Quantity.text(figure.ours), figure.unit, figure.peerName ?? "",
                figure.peer.map(Quantity.text) ?? "", figure.ratio.map { String(format: "%.2f", $0) } ?? "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = ["machine  \(machine)", "seed     \(seed)", "command  \(command)", ""]
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return [1, 4, 5].contains(column) ? padding + text : text + padding
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    /// For programs: sorted keys.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

/// How figures are written for people: three or four digits that matter, thousands apart.
enum Quantity {
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if abs(value) < 100, value != value.rounded() { return String(format: "%.2f", value) }
        let whole = String(Int64(value.rounded()))
        var text = ""
        for (place, digit) in whole.reversed().enumerated() {
            if place > 0, place % 3 == 0, digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// The middle one; of an even count the mean of the two in the middle. 0 of nothing.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
