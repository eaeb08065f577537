import ArgumentParser
import BanyanNode

/// `banyan key convert`: the same key in another form.
struct KeyConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: Output.text("Writes a key in another form.", "以另一种格式写出密钥。"),
        discussion: """
              banyan key convert privkey.bin --to pem --output operator.pem --passphrase-file passphrase.txt
              banyan key convert operator.pem --to handle --output privkey.bin --new-passphrase-file new.txt
              banyan key convert operator.pem --to public-hex --output operator.hex
            """)

    @Argument(help: Output.help("PEM, DER, the Handle tools' file, or hex.", "PEM、DER、Handle 工具文件或十六进制。"))
    var path: String
    @Option(help: Output.help("pem, pkcs8, handle, public-pem, public-handle or public-hex.", "目标格式。")) var to: String
    @Option(help: Output.help("The new file.", "新文件。")) var output: String
    @Option(help: Output.help("A file with the passphrase in its first line.", "首行为口令的文件。"))
    var passphraseFile: String?
    @Option(help: Output.help("Encrypt what is written (pem, handle) with this one.", "以此口令加密输出（pem、handle）。"))
    var newPassphraseFile: String?

    func run() throws {
        guard let format = KeyTool.Format(rawValue: to) else {
            let names = KeyTool.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.usage, "--to: unknown format; accepted: \(names)")
        }
        try KeyTool.convert(
            path, passphrase: try KeyVerbs.passphrase(in: passphraseFile), to: format, output: output,
            newPassphrase: try KeyVerbs.passphrase(in: newPassphraseFile))
    }
}
