import ArgumentParser
import BanyanNode
import Foundation
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL

/// `banyan key inspect`: what a key file is, whose it is, and whether a node would take it.
struct KeyInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: Output.text("Says what key a file holds, and whose it is.", "说明文件中是何种密钥、属于谁。"),
        discussion: Output.text(
            """
            With --admin, and --server or --data, it says which value of that handle holds the key, what the handle's \
            HS_ADMIN values let it do, and whether the node would accept it: 1 if not. At a server it is tried.

              banyan key inspect operator.pem
              banyan key inspect operator.pem --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8
              banyan key inspect operator.pem --data /var/lib/banyan --admin 300:0.NA/88.118.8
            """,
            """
            给出 --admin 及 --server 或 --data 时，说明该标识的哪个值含此密钥、HS_ADMIN 授予哪些权限、\
            节点是否会接受（否则以 1 结束）；对服务器会实际验证。

              banyan key inspect operator.pem
              banyan key inspect operator.pem --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8
              banyan key inspect operator.pem --data /var/lib/banyan --admin 300:0.NA/88.118.8
            """))

    @Argument(help: Output.help("A private or public key in any form, or a secret key.", "任何格式的私钥、公钥，或共享密钥。"))
    var path: String
    @Option(help: Output.help("A file with the passphrase in its first line.", "首行为口令的文件。"))
    var passphraseFile: String?
    @Option(help: ArgumentHelp(Output.text("Who it should be.", "应属于谁。"), valueName: "index:handle"))
    var admin: String?
    @Option(
        help: ArgumentHelp(
            Output.text("The server to look at, and to try it at.", "要查看并验证的服务器。"), valueName: "addr:port"))
    var server: String?
    @Option(help: Output.help("The data directory to look into.", "要查看的数据目录。")) var data: String?
    @OptionGroup(title: "TLS") var security: TLSOptions
    @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

    func validate() throws {
        guard server == nil || data == nil else { throw ValidationError("--server and --data exclude each other") }
        guard (admin != nil) == (server != nil || data != nil) else {
            throw ValidationError("--admin needs --server or --data, and they need it")
        }
    }

    func run() async throws {
        let passphrase = try KeyVerbs.passphrase(in: passphraseFile)
        let key = try? KeyTool.inspect(path, passphrase: passphrase)
        if admin == nil, key == nil { _ = try KeyTool.inspect(path, passphrase: passphrase) }
        var fields: [(String, JSONText)] = []
        var lines: [String] = []
        if let key {
            fields = [
                ("private", .boolean(key.isPrivate)), ("algorithm", .string(key.algorithm)),
                ("bits", .count(key.bitCount)), ("sha256", .string(key.fingerprint)),
            ]
            lines = [
                "\(key.isPrivate ? "private" : "public") \(key.algorithm) \(key.bitCount) bits",
                "sha256 \(key.fingerprint)",
            ]
        } else {
            fields = [("secret", .boolean(true))]
            lines = ["secret key"]
        }
        guard let admin else { return show(fields, lines) }
        let identity = try Arguments.administrator(admin)
        let (standing, isProven) = try await standing(of: identity, isPublicOnly: key.map { !$0.isPrivate } ?? false)
        let isAccepted = isProven ?? !standing.faults.contains { !$0.hasPrefix("no HS_ADMIN") }
        let permissions = String(decoding: standing.permissions.text, as: UTF8.self)
        fields += [
            ("indexes", .array(standing.indexes.map { .count(Int($0)) })),
            ("permissions", .string(permissions)), ("accepted", .boolean(isAccepted)),
            ("faults", .array(standing.faults.map { .string($0) })),
        ]
        let handle = ValueText.harmless(String(decoding: identity.handle, as: UTF8.self))
        lines.append(
            standing.indexes.isEmpty
                ? "no value of \(handle) that can be seen holds it"
                : "held by \(standing.indexes.map { "\($0):\(handle)" }.joined(separator: ", "))")
        lines.append("permissions \(permissions)")
        lines += standing.faults.map { "but " + $0 }
        if let isProven { lines.append(isProven ? "the server accepts it" : "the server does not accept it") }
        show(fields, lines)
        if !isAccepted { throw Failure(.negative) }
    }

    private func show(_ fields: [(String, JSONText)], _ lines: [String]) {
        if json { return Output.json(.object(fields)) }
        for line in lines { Output.data(line) }
    }

    /// What the record says, and, at a server, whether the key proves its owner there.
    private func standing(
        of identity: ValueReference, isPublicOnly: Bool
    ) async throws -> (KeyStanding, isProven: Bool?) {
        if let data {
            return (try standing(identity, in: try NodeDirectory(data).values(of: identity.handle)), nil)
        }
        guard let address = server.flatMap({ ServerAddress($0) }) else {
            throw Failure(.usage, "--server \(server ?? ""): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        var options = ClientOptions()
        options.security = try security.security
        options.transport = .streamOnly
        let query = ClientRequest.resolution(
            Query(handle: identity.handle), at: UInt32(clamping: Int64(Date().timeIntervalSince1970)))
        do {
            var values: [HandleValue] = []
            let reply = try await Client(options: options).send(query, to: ServerEndpoint(address))
            if case .values(let answer) = reply.answer.body { values = answer.values }
            let standing = try standing(identity, in: values)
            if isPublicOnly { return (standing, nil) }
            let key = try AdministratorKey.read(path, passphraseFile: passphraseFile)
            var session = SessionOptions()
            session.client = options
            do throws(ClientError) {
                let opened = try await AdministrationSession.open(
                    to: address, authentication: ClientAuthentication(identity, key: key), options: session)
                await opened.close()
                return (standing, true)
            } catch {
                guard case .identityRefused = error.code else { throw error }
                return (standing, false)
            }
        } catch let error as ClientError {
            throw Failure(error.isUnreachable ? .unreachable : .negative, "\(error)")
        }
    }

    private func standing(_ identity: ValueReference, in values: [HandleValue]) throws(Failure) -> KeyStanding {
        if let bytes = try? SystemFile.read(path, byteCountMax: 1 << 20), let half = try? PublicKey.parse(value: bytes)
        {
            return KeyStanding(of: half, as: identity, in: values)
        }
        switch try AdministratorKey.read(path, passphraseFile: passphraseFile) {
        case .secret(let secret): return KeyStanding(of: secret, as: identity, in: values)
        case .privateKey(let key):
            guard let half = try? key.publicKey() else { throw Failure(.usage, "\(path): the key has no public half") }
            return KeyStanding(of: half, as: identity, in: values)
        }
    }
}
