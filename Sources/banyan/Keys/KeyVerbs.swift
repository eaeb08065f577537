import ArgumentParser
import BanyanNode

/// `banyan key`: what an operator does with keys.
struct KeyVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: Output.text("Keys: make, convert, inspect, rotate.", "密钥：生成、转换、查看、轮换。"),
        discussion: """
              banyan key generate operator.pem > operator-public.pem
              banyan key convert privkey.bin --to pem --output operator.pem
              banyan key inspect operator.pem --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8
              banyan key rotate --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 \\
                --key admin.pem --new-key next.pem
            """,
        subcommands: [KeyGenerate.self, KeyConvert.self, KeyInspect.self, KeyRotate.self])

    static func passphrase(in path: String?) throws -> [UInt8]? {
        guard let path else { return nil }
        return Array(try SystemFile.read(path, byteCountMax: 4_096).prefix { $0 != 0x0A && $0 != 0x0D })
    }
}
