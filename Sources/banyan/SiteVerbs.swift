import ArgumentParser
import BanyanNode
import HandleProtocol

struct SiteVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site",
        abstract: Output.text("The node's own site record.", "节点自身的站点记录。"),
        discussion: """
              banyan site show --data /var/lib/banyan
              banyan site export --data /var/lib/banyan --format hex --output site.hex
              banyan site set --data /var/lib/banyan --advertise 203.0.113.7:2641
            """,
        subcommands: [Show.self, Export.self, Set.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Shows the record.", "显示站点记录。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

        func run() throws {
            let (site, position) = try SiteAdministration(directory: directory.node).show()
            if json {
                let record = JSONText.raw(String(decoding: site.json, as: UTF8.self))
                Output.json(.object([("serverPosition", .count(position)), ("site", record)]))
                return
            }
            Output.data("serial \(site.serial), \(site.isPrimary ? "primary" : "mirror")")
            for (number, server) in site.servers.enumerated() {
                Output.data("server \(server.id) \(server.address)" + (number == position ? " (this node)" : ""))
                for interface in server.interfaces {
                    let transport = interface.transport.name ?? "\(interface.transport.rawValue)"
                    var services: [String] = []
                    if interface.service.contains(.query) { services.append("query") }
                    if interface.service.contains(.administration) { services.append("administration") }
                    Output.data("  \(transport) \(interface.port) \(services.joined(separator: ", "))")
                }
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Writes the record or the public key, for the upstream's paperwork.", "导出站点记录或公钥，供上级节点登记。"))
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("binary, hex, json or public-key.", "binary、hex、json 或 public-key。")) var format =
            "json"
        @Option(help: Output.help("A new file; standard output without.", "新文件；缺省为标准输出。")) var output: String?

        func run() throws {
            let administration = SiteAdministration(directory: directory.node)
            let bytes: [UInt8]
            if format == "public-key" {
                bytes = try administration.publicKey()
            } else if let format = SiteFile.Format(rawValue: format) {
                bytes = SiteFile.write(try administration.show().site, as: format)
            } else {
                throw Failure(.usage, "--format: unknown format; accepted: binary, hex, json, public-key")
            }
            if let output {
                try SystemFile.write(bytes, to: output, mode: 0o644, isNew: true)
            } else {
                Output.data(bytes)
            }
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Changes addresses or key, and raises the serial.", "更改地址或密钥，并提高序列号。"))
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("What clients reach, ADDR[:PORT]; may be repeated.", "客户端可达的地址 ADDR[:PORT]，可重复。"))
        var advertise: [String] = []
        @Option(help: Output.help("The new private key; the node must be stopped.", "新私钥；节点须已停止。"))
        var serverKey: String?

        func run() throws {
            guard !advertise.isEmpty || serverKey != nil else {
                throw Failure(.usage, "nothing to set; accepted: --advertise ADDR[:PORT], --server-key FILE")
            }
            let endpoints = try advertise.map {
                try Arguments.endpoint($0, argument: "--advertise", defaultPort: 2_641)
            }
            let site = try SiteAdministration(directory: directory.node)
                .set(advertising: endpoints, serverKeyFile: serverKey)
            Output.say(Output.text("serial is now ", "序列号现为 ") + "\(site.serial)")
        }
    }
}
