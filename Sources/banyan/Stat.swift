import ArgumentParser
import BanyanNode

struct Stat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Shows a node's figures.", "显示节点的各项数字。"),
        discussion: "  banyan stat --data /var/lib/banyan --json")

    @OptionGroup var directory: DataDirectory
    @Flag(help: Output.help("One JSON object.", "输出一个 JSON 对象。")) var json = false

    func run() throws {
        let report = try NodeReport(directory: directory.node)
        if json { Output.json(report.json) } else { report.lines.forEach(Output.data) }
    }
}
