import ArgumentParser
import BanyanNode

struct BackupVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: Output.text("Copies a node's records, also while it serves.", "备份节点的记录，服务中亦可。"),
        discussion: """
              banyan backup --data /var/lib/banyan /backup/banyan.mdb

            The copy is proven before it gets its name. Keys and banyan.toml are not in it: keep keys/ apart.
            """)

    @OptionGroup var directory: DataDirectory
    @Argument(help: Output.help("The new file.", "新文件。")) var file: String

    func run() throws {
        try Backup(directory: directory.node).write(to: file) { try Self.verify($0) }
    }

    static func verify(_ copy: NodeDirectory) throws {
        guard try Check.checkIndex(of: copy.path, options: ["--full"]) == .exit(0) else {
            throw Failure(.storage, "the copy is not sound; nothing was kept")
        }
    }
}

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Makes a node of a backup.", "由备份恢复节点。"),
        discussion: "  banyan restore /backup/banyan.mdb --data /var/lib/banyan")

    @Argument(help: Output.help("What `backup` wrote.", "backup 写出的文件。")) var file: String
    @OptionGroup var directory: DataDirectory

    func run() throws {
        SystemProcess.setFileMask()
        let backup = Backup(directory: directory.node)
        try backup.restore(from: file) { try BackupVerb.verify($0) }
        if !backup.hasServerKey {
            Output.warn("\(directory.node.keysPath) lacks server.pem: put the node's key there before it serves")
        }
    }
}
