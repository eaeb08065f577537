import ArgumentParser
import BanyanNode
import BanyanRegistry
import BanyanTransport
import HandleProtocol

struct TokenVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: Output.text("Tokens for programs that use HTTP.", "程序通过 HTTP 使用的令牌。"),
        discussion: """
              banyan token create --role enterprise --prefix 88.118.8 --allow create --allow update \\
                  --expires 2027-01-01T00:00:00Z --from 192.0.2.0/24 --data /var/lib/banyan > token
              banyan token list --data /var/lib/banyan --json
              banyan token revoke bny_0123456789ab --data /var/lib/banyan
            """,
        subcommands: [List.self, Make.self, Revoke.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lists the tokens by their public parts.", "按公开部分列出令牌。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("One JSON object a line.", "每行一个 JSON 对象。")) var json = false

        func run() throws {
            for token in try AccountAdministration(directory: directory.node).tokens() {
                if json { Output.json(token.json) } else { Output.data(token.line) }
            }
        }
    }

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: Output.text("Makes a token and prints it, once.", "生成令牌并打印一次。"))
        @OptionGroup var directory: DataDirectory
        @Option(help: Output.help("operator, enterprise or auditor.", "operator、enterprise 或 auditor。"))
        var role: String
        @Option(
            name: .customLong("prefix"),
            help: Output.help("A prefix that it is for; may be repeated.", "适用的前缀，可重复。"))
        var prefixes: [String] = []
        @Option(
            name: .customLong("allow"),
            help: Output.help(
                "read, list, create, update, delete, template, prefix or account; may be repeated; otherwise all.",
                "允许的操作 read、list、create、update、delete、template、prefix 或 account，可重复；缺省为全部。"))
        var operations: [String] = []
        @Option(
            help: Output.help(
                "When it ends: 2027-01-01T00:00:00Z, or 90d from now.", "到期时间，如 2027-01-01T00:00:00Z 或 90d。"))
        var expires: String?
        @Option(
            name: .customLong("from"),
            help: Output.help("A network that it is used from; may be repeated.", "允许来源网段，可重复。"))
        var networks: [String] = []

        func run() throws {
            let operations = try operations.map { try Arguments.operation($0) }
            for network in networks where Network(network) == nil {
                throw Failure(.usage, "--from: no network; accepted: 192.0.2.0/24, 2001:db8::/32 or an address")
            }
            let text = try AccountAdministration(directory: directory.node).makeToken(
                role: try Arguments.role(role), prefixes: try prefixes.map { try Arguments.prefix($0) },
                operations: operations, expires: try expires.map { try Arguments.end($0) }, networks: networks)
            Output.data(text)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: Output.text("Ends a token.", "吊销令牌。"))
        @Argument(help: Output.help("Its public part, as `list` shows it.", "`list` 所示的公开部分。"))
        var identifier: String
        @OptionGroup var directory: DataDirectory

        func run() throws { try AccountAdministration(directory: directory.node).revokeToken(identifier) }
    }
}

extension Arguments {
    static func role(_ text: String) throws(Failure) -> Role {
        guard let role = Role(rawValue: text) else {
            throw Failure(.usage, "--role: no role; accepted: operator, enterprise, auditor")
        }
        return role
    }

    static func operation(_ text: String) throws(Failure) -> AccessOperation {
        guard let operation = AccessOperation(rawValue: text) else {
            let names = AccessOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.usage, "--allow: no operation; accepted: \(names)")
        }
        return operation
    }

    /// A time to come, in seconds since 1970: a timestamp, or days from now.
    static func end(_ text: String) throws(Failure) -> UInt64 {
        let now = ChangeOrigin.now
        if let time = Timestamp(text), time.secondsSince1970 > now { return UInt64(time.secondsSince1970) }
        if text.hasSuffix("d"), let days = UInt64(text.dropLast()), (1...36_500).contains(days) {
            return now + days * 86_400
        }
        throw Failure(.usage, "--expires: no time to come; accepted: 2027-01-01T00:00:00Z, or days such as 90d")
    }
}

extension Timestamp {
    fileprivate init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(text: bytes.rawSpan)
    }
}

extension AccessToken {
    private var state: String { expires.map { $0 <= ChangeOrigin.now } == true ? "expired" : "active" }

    fileprivate var line: String {
        ([Self.mark + identifier, role.rawValue, state] + prefixes).joined(separator: " ")
    }

    fileprivate var json: JSONText {
        func time(_ seconds: UInt64) -> JSONText {
            .string(Timestamp(secondsSince1970: UInt32(clamping: seconds)).description)
        }
        return .object([
            ("token", .string(Self.mark + identifier)), ("role", .string(role.rawValue)), ("state", .string(state)),
            ("prefixes", .array(prefixes.map(JSONText.string))),
            ("allow", .array(operations.map { .string($0.rawValue) })), ("expires", expires.map(time) ?? .null),
            ("from", .array(networks.map(JSONText.string))), ("created", time(created)),
        ])
    }
}
