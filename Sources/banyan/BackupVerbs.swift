import ArgumentParser
import BanyanNode
import HandleProtocol

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

    @Flag(help: Output.help("Leaves free pages out: smaller, slower.", "去除空闲页：文件更小，耗时更长。")) var compact = false

    func run() throws {
        try Backup(directory: directory.node).write(to: file, isCompact: compact) { try Self.verify($0) }
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
        discussion: """
              banyan restore /backup/banyan.mdb --data /var/lib/banyan
              banyan restore /backup/banyan.mdb --archive /archive --data /var/lib/banyan
              banyan restore /backup/banyan.mdb --archive /archive --at 2026-01-02T03:04:05Z --data /var/lib/banyan

            With an archive (archive.directory) every change behind the backup comes back, or all up to a time.
            """)

    @Argument(help: Output.help("What `backup` wrote.", "backup 写出的文件。")) var file: String
    @OptionGroup var directory: DataDirectory
    @OptionGroup var archive: ArchiveOptions

    func run() throws {
        SystemProcess.setFileMask()
        let backup = Backup(directory: directory.node)
        let replayed = try backup.restore(from: file, archive: archive.archive, until: archive.milliseconds) {
            try BackupVerb.verify($0)
        }
        Output.say("journal head \(replayed.sequence), of it from the archive \(replayed.count)")
        if !backup.hasServerKey {
            Output.warn("\(directory.node.keysPath) lacks server.pem: put the node's key there before it serves")
        }
    }
}

/// What behind the backup is to come back.
struct ArchiveOptions: ParsableArguments {
    @Option(name: .customLong("archive"), help: Output.help("The journal's archive.", "变更日志的归档目录。"))
    var path: String?
    @Option(help: Output.help("Up to this time, 2026-01-02T03:04:05Z.", "恢复到该时刻。")) var at: String?

    var archive: JournalArchive? { path.map { JournalArchive($0) } }
    /// The end of that second.
    var milliseconds: UInt64? { at.flatMap { Timestamp($0) }.map { UInt64($0.secondsSince1970) * 1_000 + 999 } }

    func validate() throws {
        guard let at else { return }
        guard Timestamp(at) != nil else {
            throw Failure(.usage, "--at: no time; accepted: a time such as 2026-01-02T03:04:05Z")
        }
        guard path != nil else { throw Failure(.usage, "--at needs --archive") }
    }
}

struct DrillVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: Output.text("Tries a backup: restores it aside, proves it, removes it.", "演练恢复：另行恢复备份、验证后删除。"),
        discussion: """
              banyan drill /backup/banyan.mdb --archive /archive --data /var/lib/banyan

            Says how many records come back, and how many changes of the node would be lost.
            """)

    @Argument(help: Output.help("What `backup` wrote.", "backup 写出的文件。")) var file: String
    @OptionGroup var directory: DataDirectory
    @Option(help: Output.help("The journal's archive.", "变更日志的归档目录。")) var archive: String?
    @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

    func run() throws {
        SystemProcess.setFileMask()
        let drill = try Backup(directory: directory.node).drill(file, archive: archive.map { JournalArchive($0) }) {
            try BackupVerb.verify($0)
        }
        if json {
            Output.json(
                .object([
                    ("records", .count(drill.records)), ("sequence", .count(drill.replayed.sequence)),
                    ("replayed", .count(drill.replayed.count)), ("behind", drill.behind.map { .count($0) } ?? .null),
                ]))
        } else {
            let behind = drill.behind.map { "; the node has \($0) changes more" } ?? ""
            Output.data("\(drill.records) records, journal head \(drill.replayed.sequence)\(behind)")
        }
    }
}
