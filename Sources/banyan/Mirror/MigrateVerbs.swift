import ArgumentParser
import BanyanNode

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Takes the place of a Handle server.", "接替一台 Handle 服务器。"),
        discussion: """
              banyan migrate start --data /var/lib/banyan --from 203.0.113.7:2641 --as 300:0.NA/88.118.8 \\
                --key replication.bin --site siteinfo.bin --server-key privkey.bin --admin 300:0.NA/88.118.8
              banyan serve --data /var/lib/banyan
              banyan migrate check --data /var/lib/banyan --sample 10000
              banyan migrate shadow --data /var/lib/banyan --capture traffic.pcap
              banyan migrate switch --data /var/lib/banyan

            \(Output.text(
                "Files are read by banyan load: a dump of the server's storage, an export of SNMS, a batch file.",
                "文件由 banyan load 导入：服务器存储的 JSON 导出、SNMS 导出、批处理文件。"))
            """,
        subcommands: [Start.self, Fetch.self, Check.self, ShadowVerb.self, Switch.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Makes a node that follows the server, and fetches everything.", "建立跟随该服务器的节点，并获取全部内容。"))

        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("The server, ADDR:PORT over TCP.", "该服务器的 TCP 地址 ADDR:PORT。")) var from: String
        @OptionGroup var options: MirrorInitOptions
        @Option(
            help: Output.help(
                "The server's site record, so that this node goes on as it.", "该服务器的站点记录，使本节点以其身份继续。"))
        var site: String?
        @Option(help: Output.help("The server's private key.", "该服务器的私钥。")) var serverKey: String?
        @Option(
            help: Output.help(
                "Who administers this node, INDEX:HANDLE; may be repeated.", "本节点的管理员 INDEX:HANDLE，可重复。"))
        var admin: [String] = []
        @Option(help: Output.help("How it is followed: auto, banyan or handle.", "跟随方式：auto、banyan 或 handle。"))
        var `protocol` = "auto"

        func validate() throws {
            guard (site == nil) == (serverKey == nil) else {
                throw ValidationError("give --site and --server-key together")
            }
            guard ["auto", "banyan", "handle"].contains(`protocol`) else {
                throw ValidationError("--protocol: accepted: auto, banyan or handle")
            }
        }

        func run() async throws {
            var setup = try options.setup(directory: directory.node, primary: from, argument: "--from")
            setup.siteFile = site
            setup.serverKeyFile = serverKey
            setup.protocolName = `protocol`
            setup.administrators = try admin.map { try Arguments.administrator($0) }
            try await MirrorInitOptions.run(setup)
            try await Fetch.run(directory.node)
            Output.say(Output.text("Next:", "下一步："))
            Output.say("  banyan serve --data \(directory.node.path)")
            Output.say("  banyan migrate check --data \(directory.node.path)")
        }
    }

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Fetches what is new, or goes on where fetching broke off.", "获取新变更，或从中断处继续获取。"))

        @OptionGroup var directory: DataDirectory

        func run() async throws { try await Self.run(directory.node) }

        static func run(_ node: NodeDirectory) async throws {
            try await MirrorInitOptions.answering {
                try await Migration(directory: node).fetch {
                    Output.progress("\($0) " + Output.text("records", "条记录"))
                }
            }
            Output.endProgress()
            Output.say(Output.text("everything that the server has is here", "该服务器的全部内容均已在此"))
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Compares samples with the server.", "与该服务器抽样比较。"),
            discussion: Output.text(
                "Handles are resolved at both; and records are read by the server's dump protocol, values that are not "
                    + "public among them. Ends with 0 when all are the same, with 1 otherwise.",
                "在两处解析抽样的标识，并以转储协议读取记录（含非公开值）。全部相同则退出码为 0，否则为 1。"))

        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("How many handles are resolved at both.", "在两处解析的标识数。")) var sample = 1_000
        @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

        func validate() throws {
            guard (1...1_000_000).contains(sample) else {
                throw ValidationError("--sample: accepted: 1 to 1000000")
            }
        }

        func run() async throws {
            let report = try await MirrorInitOptions.answering {
                try await Migration(directory: directory.node).check(sampleCount: sample)
            }
            if json {
                Output.json(
                    .object([
                        ("same", .boolean(report.isSame)), ("resolved", .count(report.resolvedCount)),
                        ("records", .count(report.recordCount)),
                        (
                            "differences",
                            .array(
                                report.differences.map { difference in
                                    let handle = String(decoding: difference.handle, as: UTF8.self)
                                    return .object([
                                        ("handle", .string(handle)), ("difference", .string(difference.text)),
                                    ])
                                })
                        ),
                    ]))
            } else {
                for difference in report.differences {
                    Output.data(String(decoding: difference.handle, as: UTF8.self) + ": " + difference.text)
                }
            }
            Output.say(
                Output.text(
                    "\(report.resolvedCount) handles resolved at both, \(report.recordCount) records read: "
                        + "\(report.differences.count) differences",
                    "两处解析 \(report.resolvedCount) 个标识，读取 \(report.recordCount) 条记录：\(report.differences.count) 处不同"))
            if !report.isSame { throw Failure(.negative) }
        }
    }

    struct Switch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Makes this node the primary.", "将本节点切换为主节点。"),
            discussion: Output.text(
                "Fetches what is new, compares a sample, takes over, and asks the server once more: what it took "
                    + "meanwhile is named. Let nobody write to it from then on.",
                "获取新变更、抽样比较、切换，并再次询问该服务器，列出其间发生的变更。此后不应再写入该服务器。"))

        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("How many handles are compared first.", "切换前比较的标识数。")) var sample = 1_000
        @Flag(
            help: Output.help(
                "Even when the server does not answer any more, or differs.", "即使该服务器不再应答或内容不同。"))
        var force = false

        func run() async throws {
            let result = try await MirrorInitOptions.answering {
                try await Migration(directory: directory.node).takeOver(sampleCount: sample, force: force) {
                    Output.progress("\($0) " + Output.text("records", "条记录"))
                }
            }
            Output.endProgress()
            Output.say(Output.text("this node is the primary, term ", "本节点已为主节点，任期 ") + "\(result.term)")
            for name in result.laterNames { Output.data(String(decoding: name, as: UTF8.self)) }
            guard result.laterCount == 0 else {
                throw Failure(
                    .partly,
                    Output.text(
                        "the server has taken \(result.laterCount) changes that are not here",
                        "该服务器其间又接受了 \(result.laterCount) 项变更，未在此处"))
            }
            Output.say(
                Output.text("Tell the upstream of the new site record: ", "请向上级节点提交新的站点记录：")
                    + "banyan site export")
        }
    }
}
