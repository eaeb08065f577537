import ArgumentParser
import HandleClient
import HandleProtocol

/// `banyan list`: names that a server has.
struct ListNames: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: Output.text("Lists handles or prefixes of a server.", "列出服务器上的标识或前缀。"),
        discussion: Output.text(
            """
            With a PREFIX its handles, with --derived the prefixes below it; without one, the prefixes that the \
            server is responsible for. One name a line, as they come: a list of any length needs no memory.

              banyan list 88.118.8 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
              banyan list \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem --json
            """,
            """
            给出 PREFIX 时列出其标识，加 --derived 列出其下级前缀；未给出时列出服务器负责的前缀。\
            每行一个名称，随到随出，不受长度限制。

              banyan list 88.118.8 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
              banyan list \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem --json
            """))

    @Argument(help: Output.help("The prefix, such as 88.118.8.", "前缀，例如 88.118.8。")) var prefix: String?
    @Flag(help: Output.help("The prefixes below it.", "其下级前缀。")) var derived = false
    @OptionGroup var administrator: AdministratorOptions

    func validate() throws {
        if derived, prefix == nil { throw ValidationError("--derived needs a PREFIX") }
    }

    func run() async throws {
        let prefix = try prefix.map(Arguments.prefix)
        let request: AdministrativeRequest =
            switch prefix {
            case let prefix?: derived ? .listDerivedPrefixes(prefix) : .listHandles(prefix)
            case nil: .listHomedPrefixes
            }
        let isJSON = administrator.json
        let reply = try await administrator.perform(request, on: prefix?.handle.bytes ?? []) { names in
            Self.show(names, isJSON: isJSON)
        }
        if case .handles(let names) = reply.answer.body { Self.show(names, isJSON: isJSON) }
    }

    private static func show(_ names: HandleList, isJSON: Bool) {
        for name in names.handles {
            let text = String(decoding: name, as: UTF8.self)
            guard isJSON else {
                Output.data(ValueText.harmless(text))
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("handle")
            writer.write(text)
            writer.endObject()
            Output.data(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}

/// `banyan home`: makes a server responsible for a prefix.
struct Home: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Makes a server responsible for a prefix.", "使服务器负责一个前缀。"),
        discussion: """
              banyan home 88.118.9 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @Argument(help: Output.help("The prefix, such as 88.118.9.", "前缀，例如 88.118.9。")) var prefix: String
    @OptionGroup var administrator: AdministratorOptions

    func run() async throws {
        let prefix = try Arguments.prefix(prefix)
        try await administrator.finish(.home(prefix), on: prefix.handle.bytes)
    }
}

/// `banyan unhome`: ends that; the records stay.
struct Unhome: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text(
            "Ends a server's responsibility for a prefix; records stay.", "使服务器不再负责一个前缀；记录保留。"),
        discussion: """
              banyan unhome 88.118.9 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @Argument(help: Output.help("The prefix, such as 88.118.9.", "前缀，例如 88.118.9。")) var prefix: String
    @OptionGroup var administrator: AdministratorOptions

    func run() async throws {
        let prefix = try Arguments.prefix(prefix)
        try await administrator.finish(.unhome(prefix), on: prefix.handle.bytes)
    }
}
