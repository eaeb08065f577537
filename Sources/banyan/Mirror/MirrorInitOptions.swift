import ArgumentParser
import BanyanNode
import BanyanSync
import BanyanTransport
import HandleClient
import HandleProtocol

/// Whom a new mirror follows, and who it is to that server.
struct MirrorInitOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: Output.help("Who the mirror is to the primary, INDEX:HANDLE.", "镜像在主节点处的身份 INDEX:HANDLE。"))
    var identity: String
    @Option(help: Output.help("Its private key, or its secret key as a line of text.", "其私钥，或一行文本的共享密钥。"))
    var key: String
    @Option(help: Output.help("A file with the key's passphrase.", "含密钥口令的文件。")) var passphraseFile: String?
    @Option(help: Output.help("Where the mirror will listen, ADDR:PORT; may be repeated.", "监听地址 ADDR:PORT，可重复。"))
    var listen: [String] = []
    @Option(help: Output.help("What clients reach, ADDR[:PORT]; may be repeated.", "客户端可达的地址 ADDR[:PORT]，可重复。"))
    var advertise: [String] = []
    @Flag(help: Output.help("Take a stream that is signed but not encrypted.", "接受仅签名而未加密的数据流。"))
    var clear = false

    func setup(directory: NodeDirectory, primary: String, argument: String) throws(Failure) -> MirrorSetup {
        let authentication = ClientAuthentication(
            try Arguments.administrator(identity),
            key: try AdministratorKey.read(key, passphraseFile: passphraseFile))
        var setup = MirrorSetup(
            directory: directory,
            primary: try Arguments.endpoint(primary, argument: argument, defaultPort: 2_641),
            authentication: authentication)
        for address in listen { setup.listen.append(try Arguments.endpoint(address, argument: "--listen")) }
        let port = setup.listen.first?.port ?? 2_641
        for address in advertise {
            setup.advertised.append(try Arguments.endpoint(address, argument: "--advertise", defaultPort: port))
        }
        setup.allowsClear = clear
        return setup
    }

    /// Makes the mirror, and tells of it.
    static func run(_ setup: MirrorSetup) async throws {
        let report = try await answering { try await setup.run() }
        for warning in report.warnings { Output.warn(warning) }
        Output.say(Output.text("A mirror is in ", "镜像已建立于 ") + setup.directory.path)
        for path in report.keyPaths { Output.say(Output.text("  private key: ", "  私钥：") + path) }
        let digest = String(decoding: Hex.encode(report.primaryKeyDigest), as: UTF8.self)
        Output.say(Output.text("  SHA-256 of the primary's key: ", "  主节点公钥的 SHA-256：") + digest)
    }

    /// What another server says, or that it says nothing, as the verb's end.
    static func answering<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ClientError {
            throw Failure(error.isUnreachable ? .unreachable : .negative, "\(error)")
        } catch let refusal as ReplicationRefusal {
            throw Failure(.negative, "\(refusal)")
        } catch let error as MirrorError {
            throw Failure(.negative, "\(error)")
        }
    }
}
