import ArgumentParser
import BanyanNode
import HandleClient
import HandleProtocol

/// `banyan key rotate`: a new key in the old one's place, without a moment in which neither works.
struct KeyRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: Output.text("Puts a new key in an old one's place, without a gap.", "以新密钥替换旧密钥，不中断。"),
        discussion: Output.text(
            """
            An administrator's key at a server: the new one is added beside the old one, proven, and put in its \
            place. With --data, the key by which a stopped node signs: the site record gets the public half and a \
            higher serial. Broken off, the same command goes on.

              banyan key generate next.pem > next-public.pem
              banyan key rotate --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 \\
                --key admin.pem --new-key next.pem
              banyan key rotate --data /var/lib/banyan --new-key server.pem
            """,
            """
            服务器上管理员的密钥：先将新密钥加在旧密钥旁，验证后再取而代之。给出 --data 时，轮换（已停止的）节点的\
            签名密钥：站点记录写入新公钥并提高序号。中断后重新执行同一命令即可继续。

              banyan key generate next.pem > next-public.pem
              banyan key rotate --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 \\
                --key admin.pem --new-key next.pem
              banyan key rotate --data /var/lib/banyan --new-key server.pem
            """))

    @Option(help: ArgumentHelp(Output.text("The server.", "服务器。"), valueName: "addr:port")) var server: String?
    @Option(help: ArgumentHelp(Output.text("Whose key.", "谁的密钥。"), valueName: "index:handle")) var admin: String?
    @Option(help: ArgumentHelp(Output.text("The old key.", "旧密钥。"), valueName: "file")) var key: String?
    @Option(help: ArgumentHelp(Output.text("The new key.", "新密钥。"), valueName: "file")) var newKey: String
    @Option(help: Output.help("A file with the old key's passphrase in its first line.", "首行为旧密钥口令的文件。"))
    var passphraseFile: String?
    @Option(help: Output.help("A file with the new key's passphrase in its first line.", "首行为新密钥口令的文件。"))
    var newPassphraseFile: String?
    @Option(help: Output.help("A stopped node's data directory: rotate its own key.", "已停止节点的数据目录：轮换其自身密钥。"))
    var data: String?
    @OptionGroup(title: "TLS") var security: TLSOptions

    func validate() throws {
        let named = [server, admin, key].filter { $0 != nil }.count
        guard data == nil ? named == 3 : named == 0 else {
            throw ValidationError("give --server, --admin and --key, or --data alone")
        }
    }

    func run() async throws {
        if let data {
            let site = try SiteAdministration(directory: NodeDirectory(data)).set(
                advertising: [], serverKeyFile: newKey)
            return Output.say(
                Output.text("the site record has the new key; serial \(site.serial)", "站点记录已写入新密钥，序号 \(site.serial)"))
        }
        guard let address = server.flatMap({ ServerAddress($0) }), let admin, let key else {
            throw Failure(.usage, "--server \(server ?? ""): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        var client = ClientOptions()
        client.security = try security.security
        let rotation = KeyRotation(
            server: address, identity: try Arguments.administrator(admin),
            from: try AdministratorKey.read(key, passphraseFile: passphraseFile),
            to: try AdministratorKey.read(newKey, passphraseFile: newPassphraseFile), client: client
        ) { step in Output.say(Self.text(step)) }
        do throws(KeyRotation.Failure) { try await rotation.run() } catch {
            var code = ExitCode.negative
            if case .client(let reason) = error, reason.isUnreachable || reason.code == .unknownOutcome {
                code = .unreachable
            }
            throw Failure(code, "\(error)")
        }
    }

    private static func text(_ step: KeyRotation.Step) -> String {
        switch step {
        case .added(let index):
            Output.text("the new key is at index \(index), beside the old one", "新密钥已加在索引 \(index)，与旧密钥并存")
        case .proven: Output.text("the server accepts the new key", "服务器接受新密钥")
        case .replaced: Output.text("the new key is in the old one's place", "新密钥已取代旧密钥")
        case .cleared: Output.text("done: what was added for it is removed", "完成：临时添加的值已移除")
        }
    }
}
