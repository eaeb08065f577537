import ArgumentParser
import HandleClient
import HandleProtocol
import TLSChannel

/// How a client's verbs speak TLS: whom they believe, and who they are.
struct TLSOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            Output.text(
                "Ask inside TLS, at the server's port for it; who the server is, this machine's authorities say.",
                "在 TLS 内请求服务器的 TLS 端口；默认信任本机的证书颁发机构。")))
    var tls = false

    @Option(
        help: ArgumentHelp(
            Output.text(
                "With --tls: believe these certificates instead: authorities, or the server's own.",
                "与 --tls 同用：改为信任此文件中的证书（颁发机构或服务器自身）。"), valueName: "file"))
    var tlsCa: String?

    @Option(
        help: ArgumentHelp(
            Output.text(
                "With --tls: believe the server with this key, whatever its certificate says: SHA-256 of the public "
                    + "key (SubjectPublicKeyInfo) in hexadecimal or base64; may be repeated.",
                "与 --tls 同用：只认此公钥（SubjectPublicKeyInfo 的 SHA-256，十六进制或 base64），可重复。"),
            valueName: "digest"))
    var tlsPin: [String] = []

    @Option(
        help: ArgumentHelp(
            Output.text(
                "With --tls: the name that the server's certificate must have; without it the server's address.",
                "与 --tls 同用：服务器证书须有的名称；未给出时为服务器地址。"), valueName: "name"))
    var tlsName: String?

    @Option(
        help: ArgumentHelp(
            Output.text("With --tls: our own certificate.", "与 --tls 同用：客户端证书。"), valueName: "file"))
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp(
            Output.text(
                "Its private key; without it, it is in the certificate's file.", "其私钥；未给出时在证书文件中。"),
            valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        let needsTLS = tlsCa != nil || !tlsPin.isEmpty || tlsName != nil || tlsCertificate != nil || tlsKey != nil
        if needsTLS, !tls { throw ValidationError("--tls-… needs --tls") }
        if tlsCa != nil, !tlsPin.isEmpty { throw ValidationError("--tls-ca and --tls-pin exclude each other") }
        if tlsName != nil, !tlsPin.isEmpty {
            throw ValidationError("--tls-pin looks at the key alone: leave out --tls-name")
        }
        if tlsKey != nil, tlsCertificate == nil { throw ValidationError("--tls-key needs --tls-certificate") }
    }

    /// Nil without --tls.
    var security: StreamSecurity? {
        get throws(Failure) {
            guard tls else { return nil }
            let configuration = TLSConfiguration(
                .client(try trust), certificateFile: tlsCertificate, keyFile: tlsKey)
            do throws(TLSError) {
                return try StreamSecurity(configuration, serverName: tlsName)
            } catch {
                throw Failure(.usage, "\(error)")
            }
        }
    }

    private var trust: TLSConfiguration.Trust {
        get throws(Failure) {
            if let tlsCa { return .file(tlsCa) }
            var keys: [[UInt8]] = []
            for pin in tlsPin {
                guard let digest = PublicKeyPin.parse(pin) else {
                    throw Failure(
                        .usage,
                        "--tls-pin \(pin): write the SHA-256 as 64 hexadecimal digits or 44 characters of base64")
                }
                keys.append(digest)
            }
            return keys.isEmpty ? .machine : .keys(keys)
        }
    }
}
