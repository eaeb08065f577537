import ArgumentParser
import BanyanNode

struct KeyVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: Output.text("Keys: make, convert, inspect.", "密钥：生成、转换、查看。"),
        discussion: """
              banyan key generate operator.pem > operator-public.pem
              banyan key convert privkey.bin --to pem --output operator.pem
              banyan key inspect operator.pem
            """,
        subcommands: [Generate.self, Convert.self, Inspect.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text(
                "Writes a private key to a new file, its public half to standard output.", "将私钥写入新文件，公钥写到标准输出。"))
        @Argument(help: Output.help("The new file.", "新文件。")) var path: String
        @Option(help: Output.help("rsa, sm2 or ed25519.", "rsa、sm2 或 ed25519。")) var algorithm = "rsa"

        func run() throws {
            guard let algorithm = KeyTool.Algorithm(rawValue: algorithm) else {
                throw Failure(.usage, "--algorithm: unknown algorithm; accepted: rsa, sm2, ed25519")
            }
            Output.data(try KeyTool.generate(algorithm, to: path))
        }
    }

    struct Convert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Writes a key in another form.", "以另一种格式写出密钥。"))
        @Argument(help: Output.help("PEM, DER, the Handle tools' file, or hex.", "PEM、DER、Handle 工具文件或十六进制。"))
        var path: String
        @Option(help: Output.help("pem, handle, public-pem, public-handle or public-hex.", "目标格式。")) var to: String
        @Option(help: Output.help("The new file.", "新文件。")) var output: String
        @Option(help: Output.help("A file with the passphrase in its first line.", "首行为口令的文件。"))
        var passphraseFile: String?

        func run() throws {
            guard let format = KeyTool.Format(rawValue: to) else {
                let names = KeyTool.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.usage, "--to: unknown format; accepted: \(names)")
            }
            let passphrase = try KeyVerbs.passphrase(in: passphraseFile)
            try KeyTool.convert(path, passphrase: passphrase, to: format, output: output)
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: Output.text("Says what key a file holds.", "说明文件中是何种密钥。"))
        @Argument(help: Output.help("A private or public key in any form.", "任何格式的私钥或公钥。")) var path: String
        @Option(help: Output.help("A file with the passphrase in its first line.", "首行为口令的文件。"))
        var passphraseFile: String?
        @Flag(help: Output.help("JSON.", "输出 JSON。")) var json = false

        func run() throws {
            let key = try KeyTool.inspect(path, passphrase: try KeyVerbs.passphrase(in: passphraseFile))
            if json {
                Output.json(
                    .object([
                        ("private", .boolean(key.isPrivate)), ("algorithm", .string(key.algorithm)),
                        ("bits", .count(key.bitCount)), ("sha256", .string(key.fingerprint)),
                    ]))
            } else {
                Output.data("\(key.isPrivate ? "private" : "public") \(key.algorithm) \(key.bitCount) bits")
                Output.data("sha256 \(key.fingerprint)")
            }
        }
    }

    private static func passphrase(in path: String?) throws -> [UInt8]? {
        guard let path else { return nil }
        return Array(try SystemFile.read(path, byteCountMax: 4_096).prefix { $0 != 0x0A && $0 != 0x0D })
    }
}
