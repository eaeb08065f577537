import ArgumentParser
import BanyanNode

struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Makes a mirror the primary.", "将镜像提升为主节点。"),
        discussion: """
              banyan promote --data /var/lib/mirror

            Refused while the primary that it follows still answers as one, unless --force. A primary that was cut off
            and comes back steps down when the new one reaches it, and keeps in its journal what only it has.
            """)

    @OptionGroup var directory: DataDirectory
    @Flag(help: Output.help("Even when the primary answers.", "即使主节点仍有应答。")) var force = false

    func run() async throws {
        let term = try await Promotion(directory: directory.node).promote(force: force)
        Output.say(Output.text("this node is the primary, term ", "本节点已为主节点，任期 ") + "\(term)")
        Output.say(Output.text("Tell the upstream of the new site record: ", "请向上级节点提交新的站点记录：") + "banyan site export")
    }
}

struct Demote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Makes a primary a mirror: it takes no more changes.", "将主节点降为镜像，不再接受变更。"),
        discussion: "  banyan demote --data /var/lib/banyan")

    @OptionGroup var directory: DataDirectory

    func run() throws {
        try Promotion(directory: directory.node).demote()
        Output.say(Output.text("this node is a mirror", "本节点已为镜像"))
    }
}
