import BanyanNode
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL

/// The file of `--key`: a private key in any form that `banyan key` reads, or a secret key as a line of text.
enum AdministratorKey {
    static func read(_ path: String, passphraseFile: String?) throws(Failure) -> ClientAuthentication.Key {
        let passphrase = try passphraseFile.map { (path) throws(Failure) in SecretBytes(try firstLine(of: path)) }
        do throws(NodeError) {
            return .privateKey(try PrivateKeyStore.key(inFile: path, passphrase: passphrase))
        } catch {
            switch error {
            case .key(_, .malformedKey): return .secret(try secret(in: path))
            case .key(_, .passphraseNeeded): return .privateKey(try askingForPassphrase(path))
            default: throw Failure(.usage, "--key: \(error)")
            }
        }
    }

    private static func askingForPassphrase(_ path: String) throws(Failure) -> PrivateKey {
        let prompt = Output.text("Passphrase of \(path): ", "\(path) 的口令：")
        guard let entered = Terminal.askSecret(prompt) else {
            throw Failure(.usage, "--key: \(path) needs a passphrase; give --passphrase-file FILE")
        }
        do throws(NodeError) {
            return try PrivateKeyStore.key(inFile: path, passphrase: SecretBytes(entered))
        } catch {
            throw Failure(.usage, "--key: \(error)")
        }
    }

    /// A line of text and nothing else: a damaged key file must not be taken for a secret.
    private static func secret(in path: String) throws(Failure) -> SecretBytes {
        let bytes = try firstLine(of: path, isWhole: true)
        let isText = UTF8Text.isValid(bytes.rawSpan) && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard isText, !bytes.isEmpty, !bytes.starts(with: Array("-----".utf8)) else {
            throw Failure(
                .usage,
                "--key: \(path) holds no key; accepted: a private key (PEM, DER, the Handle tools' file, "
                    + "hexadecimal), or a secret key as one line of text")
        }
        return SecretBytes(bytes)
    }

    private static func firstLine(of path: String, isWhole: Bool = false) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            let bytes = try SystemFile.read(path, byteCountMax: 4_096)
            let line = Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D })
            let rest = bytes.dropFirst(line.count)
            guard !isWhole || rest.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) else { return [] }
            return line
        } catch {
            throw Failure(.usage, "\(error)")
        }
    }
}
