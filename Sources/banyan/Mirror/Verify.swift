import ArgumentParser
import BanyanNode
import BanyanSync

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Compares a node's records with another node's.", "将本节点的记录与另一节点比较。"),
        discussion: """
              banyan verify --data /var/lib/mirror --against 203.0.113.7:2641
              banyan verify --data /var/lib/banyan --against 203.0.113.8:2641 --admin 300:0.NA/88.118.8 --key admin.pem

            Prefixes are compared by their digests, and where these differ record by record. Ends with 0 when both are
            identical, with 1 otherwise. While changes are on their way the two differ by these.
            """)

    @OptionGroup var directory: DataDirectory
    @OptionGroup var other: OtherNodeOptions
    @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

    func run() async throws {
        let verification = try other.verification(of: directory.node)
        let report = try await MirrorInitOptions.answering { try await verification.run() }
        if json { Output.json(Self.json(report)) } else { tell(of: report) }
        if !report.isIdentical { throw Failure(.negative) }
    }

    private func tell(of report: NodeComparison.Report) {
        for difference in report.differences {
            let name = String(decoding: difference.name, as: UTF8.self)
            Output.data("\(difference.kind.rawValue): \(name)")
        }
        let places = "journal here \(report.sequence), there \(report.otherSequence)"
        Output.say(
            report.isIdentical
                ? Output.text("identical", "相同") + ": \(report.prefixCount) prefixes; \(places)"
                : Output.text("not identical", "不同") + ": \(report.differenceCount) differences; \(places)")
    }

    private static func json(_ report: NodeComparison.Report) -> JSONText {
        let differences: [JSONText] = report.differences.map { difference in
            let name = String(decoding: difference.name, as: UTF8.self)
            return .object([("kind", .string(difference.kind.rawValue)), ("handle", .string(name))])
        }
        return .object([
            ("identical", .boolean(report.isIdentical)),
            ("sequence", .count(report.sequence)),
            ("otherSequence", .count(report.otherSequence)),
            ("prefixes", .count(report.prefixCount)),
            ("differences", .count(report.differenceCount)),
            ("first", .array(differences)),
        ])
    }
}
