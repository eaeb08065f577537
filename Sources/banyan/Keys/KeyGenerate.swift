import ArgumentParser
import BanyanNode

/// `banyan key generate`: a new key, in a file that only its owner reads.
struct KeyGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: Output.text(
            "Writes a private key to a new file, its public half to standard output.", "将私钥写入新文件，公钥写到标准输出。"),
        discussion: """
              banyan key generate operator.pem --type sm2 > operator-public.pem
              banyan key generate operator.pem --passphrase-file passphrase.txt
              banyan key generate operator.secret --type secret
            """)

    @Argument(help: Output.help("The new file.", "新文件。")) var path: String
    @Option(
        name: [.customLong("type"), .customLong("algorithm")],
        help: Output.help("rsa, sm2, ed25519, or secret: a random secret key.", "rsa、sm2、ed25519，或 secret（随机共享密钥）。"))
    var type = "rsa"
    @Option(help: Output.help("Encrypt it: the passphrase is the file's first line.", "加密私钥：口令为该文件首行。"))
    var passphraseFile: String?

    func run() throws {
        guard type != "secret" else {
            guard passphraseFile == nil else {
                throw Failure(.usage, "--passphrase-file: a secret key is never encrypted")
            }
            return try KeyTool.generateSecret(to: path)
        }
        guard let algorithm = KeyTool.Algorithm(rawValue: type) else {
            throw Failure(.usage, "--type: unknown kind; accepted: rsa, sm2, ed25519, secret")
        }
        Output.data(try KeyTool.generate(algorithm, to: path, passphrase: try KeyVerbs.passphrase(in: passphraseFile)))
    }
}
