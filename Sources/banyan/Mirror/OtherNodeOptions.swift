import ArgumentParser
import BanyanNode
import HandleClient

/// Another node that is asked as mirrors ask, and who asks.
struct OtherNodeOptions: ParsableArguments {
    @Option(help: Output.help("The other node, ADDR:PORT over TCP.", "另一节点的 TCP 地址 ADDR:PORT。"))
    var against: String
    @Option(
        help: Output.help(
            "Who asks, INDEX:HANDLE; without, who the mirror is to its primary.", "请求者 INDEX:HANDLE；缺省为镜像在主节点处的身份。"))
    var admin: String?
    @Option(help: Output.help("His private or secret key.", "其私钥或共享密钥。")) var key: String?
    @Option(help: Output.help("A file with the key's passphrase.", "含密钥口令的文件。")) var passphraseFile: String?

    func verification(of directory: NodeDirectory) throws(Failure) -> NodeVerification {
        var authentication: ClientAuthentication?
        if let admin {
            guard let key else { throw Failure(.usage, "--admin: give his --key as well") }
            authentication = ClientAuthentication(
                try Arguments.administrator(admin), key: try AdministratorKey.read(key, passphraseFile: passphraseFile))
        }
        return NodeVerification(
            directory: directory, against: try Arguments.endpoint(against, argument: "--against"),
            authentication: authentication)
    }
}
