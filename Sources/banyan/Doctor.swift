import ArgumentParser
import BanyanNode

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Says what is in order, and what to mend.", "逐项检查节点，并说明如何整改。"),
        discussion: """
              banyan doctor --data /var/lib/banyan

            Files, settings, disk, archive and the serving process, each with the clause of 等级保护 (GB/T 22239-2019,
            level 3) that asks for it. Ends with 1 when something is to be mended.
            """)

    @OptionGroup var directory: DataDirectory
    @Flag(help: Output.help("One JSON object a point.", "每项一个 JSON 对象。")) var json = false

    func run() throws {
        var points = try NodeDoctor(directory: directory.node).points()
        let end = try Check.checkIndex(of: directory.path, options: json ? ["--json"] : [])
        points.append(
            NodeDoctor.Point(
                end == .exit(0) ? .good : .mend, "index",
                end == .exit(0)
                    ? "the records that clients find the node by can be read" : "see: banyan check --full"))
        for point in points { show(point) }
        let count = points.count { $0.state == .mend }
        guard count == 0 else { throw Failure(.negative, "\(count) of \(points.count) points are to be mended") }
    }

    private func show(_ point: NodeDoctor.Point) {
        guard json else {
            let clause = point.clause.map { "  [\($0)]" } ?? ""
            return Output.data("\(point.state.rawValue)  \(point.name): \(point.text)\(clause)")
        }
        Output.json(
            .object([
                ("state", .string(point.state.rawValue)), ("point", .string(point.name)), ("text", .string(point.text)),
                ("clause", point.clause.map { .string($0) } ?? .null),
            ]))
    }
}
