import ArgumentParser
import BanyanNode
import HandleProtocol

struct MirrorVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: Output.text("A node that follows a primary.", "跟随主节点的镜像。"),
        discussion: """
              banyan mirror init --data /var/lib/mirror --of 203.0.113.7:2641 --as 301:0.NA/88.118.8 --key mirror.pem
              banyan serve --data /var/lib/mirror

            \(Output.text(
                "On the primary, who may mirror it and nothing else:", "在主节点上，允许其仅做镜像："))
              banyan mirror allow 301:0.NA/88.118.8 --data /var/lib/banyan

            The primary is a Banyan node, or a reference Handle server with its replication administrators.
            """,
        subcommands: [Initialize.self, Reseed.self, Allow.self, Refuse.self, Allowed.self])

    struct Initialize: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: Output.text("Makes a mirror of a primary.", "为主节点建立镜像。"))

        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("The primary, ADDR:PORT over TCP.", "主节点的 TCP 地址 ADDR:PORT。")) var of: String
        @OptionGroup var options: MirrorInitOptions

        func run() async throws {
            try await MirrorInitOptions.run(options.setup(directory: directory.node, primary: of, argument: "--of"))
            Output.say(Output.text("Next:", "下一步："))
            Output.say("  banyan serve --data \(directory.node.path)")
        }
    }

    struct Reseed: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Has a mirror fetch everything anew, in place of what it has.", "让镜像重新获取全部内容，取代现有内容。"),
            discussion: """
                  banyan verify --data /var/lib/mirror --against 203.0.113.7:2641
                  banyan mirror reseed --data /var/lib/mirror

                \(Output.text(
                    "What only the mirror has is given up: see banyan journal surplus first.",
                    "仅镜像持有的内容将被放弃：请先查看 banyan journal surplus。"))
                """)

        @OptionGroup var directory: DataDirectory

        func run() throws {
            try Promotion(directory: directory.node).reseed()
            Output.say(
                Output.text(
                    "the mirror fetches everything anew when it next reaches its primary", "镜像将在下次连上主节点时重新获取全部内容"))
        }
    }

    struct Allow: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lets a mirror follow this node.", "允许一个镜像跟随本节点。"))

        @Argument(help: Output.help("Who the mirror proves to be, INDEX:HANDLE.", "镜像的身份 INDEX:HANDLE。"))
        var mirror: String
        @OptionGroup var directory: DataDirectory

        func run() throws {
            let isNew = try MirrorAdmission(directory: directory.node).allow(Arguments.administrator(mirror))
            Output.say(
                isNew ? Output.text("it may follow this node", "已允许跟随本节点") : Output.text("it may already", "此前已允许"))
        }
    }

    struct Refuse: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lets a mirror follow this node no more.", "不再允许一个镜像跟随本节点。"))

        @Argument(help: Output.help("Who the mirror proves to be, INDEX:HANDLE.", "镜像的身份 INDEX:HANDLE。"))
        var mirror: String
        @OptionGroup var directory: DataDirectory

        func run() throws {
            guard try MirrorAdmission(directory: directory.node).refuse(Arguments.administrator(mirror)) else {
                throw Failure(.negative, Output.text("it is not among those who may", "其不在允许之列"))
            }
        }
    }

    struct Allowed: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists who may follow this node.", "列出允许跟随本节点者。"))

        @OptionGroup var directory: DataDirectory

        func run() throws {
            for mirror in try MirrorAdmission(directory: directory.node).list() {
                Output.data("\(mirror.index):" + String(decoding: mirror.handle, as: UTF8.self))
            }
        }
    }
}
