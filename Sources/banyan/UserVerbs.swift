import ArgumentParser
import BanyanNode
import BanyanRegistry
import HandleProtocol

struct UserVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: Output.text("People who sign in over HTTP.", "通过 HTTP 登录的用户。"),
        discussion: """
              banyan user add rongcheng --role enterprise --prefix 88.118.8 --password-file secret \
                  --data /var/lib/banyan
              banyan user list --data /var/lib/banyan --json
              banyan user disable rongcheng --data /var/lib/banyan
            """,
        subcommands: [List.self, Add.self, Password.self, Disable.self, Enable.self, Remove.self])

    /// The arguments that all but `list` share.
    struct One: ParsableArguments {
        @Argument(help: Output.help("The user's name.", "用户名。")) var name: String
        @OptionGroup var directory: DataDirectory

        var administration: AccountAdministration { AccountAdministration(directory: directory.node) }
    }

    /// Where a password comes from: never an argument, which others of this machine can see.
    struct PasswordSource: ParsableArguments {
        @Option(
            help: Output.help(
                "A file with the password in its first line; otherwise standard input.", "首行为口令的文件；缺省读标准输入。"))
        var passwordFile: String?

        func read() throws -> [UInt8] {
            if passwordFile == nil, StandardStream.isInputTerminal {
                throw Failure(
                    .usage, "the password is read from standard input or --password-file, not from a terminal")
            }
            let bytes = try SystemFile.read(passwordFile ?? "/dev/stdin", byteCountMax: 4_096)
            return Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D })
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: Output.text("Lists the users.", "列出用户。"))
        @OptionGroup var directory: DataDirectory
        @Flag(help: Output.help("One JSON object a line.", "每行一个 JSON 对象。")) var json = false

        func run() throws {
            for user in try AccountAdministration(directory: directory.node).users() {
                if json { Output.json(user.json) } else { Output.data(user.line) }
            }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: Output.text("Adds a user.", "添加用户。"))
        @OptionGroup var one: One
        @Option(help: Output.help("operator, enterprise or auditor.", "operator、enterprise 或 auditor。"))
        var role: String
        @Option(
            name: .customLong("prefix"),
            help: Output.help("A prefix that the user has to do with; may be repeated.", "该用户负责的前缀，可重复。"))
        var prefixes: [String] = []
        @OptionGroup var password: PasswordSource

        func run() throws {
            let role = try Arguments.role(role)
            let prefixes = try prefixes.map { try Arguments.prefix($0) }
            try one.administration.addUser(
                one.name, role: role, prefixes: prefixes, password: try password.read())
        }
    }

    struct Password: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Gives a user another password.", "更换用户口令。"))
        @OptionGroup var one: One
        @OptionGroup var password: PasswordSource

        func run() throws { try one.administration.setPassword(of: one.name, to: try password.read()) }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Keeps a user from signing in.", "停用用户。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.setUser(one.name, disabled: true) }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Lets a user sign in again; ends a lock.", "恢复用户登录，并解除锁定。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.setUser(one.name, disabled: false) }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: Output.text("Removes a user.", "删除用户。"))
        @OptionGroup var one: One

        func run() throws { try one.administration.removeUser(one.name) }
    }
}

extension Account {
    private var state: String {
        isDisabled ? "disabled" : (lockedUntil ?? 0) > ChangeOrigin.now ? "locked" : "active"
    }

    fileprivate var line: String { ([name, role.rawValue, state] + prefixes).joined(separator: " ") }

    fileprivate var json: JSONText {
        .object([
            ("name", .string(name)), ("role", .string(role.rawValue)), ("state", .string(state)),
            ("prefixes", .array(prefixes.map(JSONText.string))),
            ("created", .string(Timestamp(secondsSince1970: UInt32(clamping: created)).description)),
        ])
    }
}
