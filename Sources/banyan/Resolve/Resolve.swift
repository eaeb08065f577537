import ArgumentParser
import Foundation
import HandleClient
import HandleProtocol

/// `banyan resolve`: a handle's values, from a server or from a data directory.
struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Resolves a handle.", "解析一个标识。"),
        discussion: Output.text(
            """
            Asks a server, over UDP and then TCP, and follows where it refers to: to the site of the handle's \
            prefix, or of the prefix above it. HANDLE may be written hdl:…, or as an address of a proxy. Without \
            --server it asks this machine's port 2641.

              banyan resolve 88.118.8/SN-1 --server 127.0.0.1:2641
              banyan resolve https://hdl.handle.net/88.118.8/SN-1 --type URL --json
              banyan resolve 88.118.8/SN-1 --data /var/lib/banyan
              banyan resolve 88.118.8/SN-1 --admin 300:0.NA/88.118.8 --key admin.pem

            Ends with 0 when values were found, 1 when there are none, 4 when nobody could be reached.
            """,
            """
            先用 UDP 再用 TCP 询问服务器，并跟随其转介，直到该标识前缀所在的站点。HANDLE 可写成 hdl:…，\
            也可写成代理的网址。未给 --server 时询问本机 2641 端口。

              banyan resolve 88.118.8/SN-1 --server 127.0.0.1:2641
              banyan resolve https://hdl.handle.net/88.118.8/SN-1 --type URL --json
              banyan resolve 88.118.8/SN-1 --data /var/lib/banyan
              banyan resolve 88.118.8/SN-1 --admin 300:0.NA/88.118.8 --key admin.pem

            找到值以 0 结束，没有以 1 结束，无法连通以 4 结束。
            """))

    @Argument(help: ArgumentHelp(Output.text("What to resolve.", "要解析的标识。")))
    var handle: String

    @Option(
        help: ArgumentHelp(
            Output.text("The server to ask, or the root to begin at.", "要询问的服务器，或作为起点的根。"),
            valueName: "addr:port"))
    var server: String?

    @Flag(help: ArgumentHelp(Output.text("UDP only.", "只用 UDP。")))
    var udp = false

    @Flag(help: ArgumentHelp(Output.text("TCP only.", "只用 TCP。")))
    var tcp = false

    @OptionGroup(title: "TLS") var security: TLSOptions

    @Option(
        help: ArgumentHelp(
            Output.text("Only the value of this index; may be repeated.", "只要该索引的值；可重复。"), valueName: "n"))
    var index: [UInt32] = []

    @Option(
        help: ArgumentHelp(
            Output.text(
                "Only values of this type, with a dot at the end also those below it; may be repeated.",
                "只要该类型的值；末尾加点则包括其下级类型；可重复。"), valueName: "t"))
    var type: [String] = []

    @Flag(help: ArgumentHelp(Output.text("Ask a primary site, past every cache.", "询问主站点，绕过缓存。")))
    var auth = false

    @Flag(help: ArgumentHelp(Output.text("Ask for a signed answer and check it.", "要求签名的应答并验证。")))
    var certify = false

    @Flag(
        help: ArgumentHelp(
            Output.text("Also values that only administrators may read.", "也要仅管理员可读的值。")))
    var all = false

    @Option(
        help: ArgumentHelp(
            Output.text(
                "With --key: prove to be this administrator, for the values that he may read.",
                "与 --key 同用：证明为该管理员，以读取其可读的值。"), valueName: "index:handle"))
    var admin: String?

    @Option(
        help: ArgumentHelp(
            Output.text("The administrator's private key or secret key.", "该管理员的私钥或共享密钥。"), valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            Output.text("A file with the key's passphrase in its first line.", "首行为密钥口令的文件。"), valueName: "file"))
    var passphraseFile: String?

    @Flag(help: ArgumentHelp(Output.text("Say on standard error who was asked.", "在标准错误上列出询问过程。")))
    var trace = false

    @Flag(help: ArgumentHelp(Output.text("JSON, as the REST API answers.", "JSON，与 REST 接口的应答相同。")))
    var json = false

    @Flag(help: ArgumentHelp(Output.text("The answer's bytes in hexadecimal.", "以十六进制输出应答的字节。")))
    var hex = false

    @Option(
        help: ArgumentHelp(
            Output.text("Answer from the files of this data directory.", "从该数据目录的文件中应答。"), valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            Output.text("With --data: as it was at that time (ISO 8601).", "与 --data 同用：该时刻的状态（ISO 8601）。"),
            valueName: "time"))
    var at: String?

    func validate() throws {
        if udp && tcp { throw ValidationError("--udp and --tcp exclude each other") }
        if json && hex { throw ValidationError("--json and --hex exclude each other") }
        if udp && security.tls { throw ValidationError("--udp and --tls exclude each other") }
        if data != nil, server != nil || udp || tcp || security.tls || certify || admin != nil {
            throw ValidationError("--data answers from files: no server, no transport, no signature, no proof")
        }
        if (admin == nil) != (key == nil) { throw ValidationError("--admin and --key need each other") }
        if admin != nil, udp || certify {
            throw ValidationError("--admin asks over TCP, for an answer that is not signed")
        }
        if at != nil, data == nil { throw ValidationError("--at needs --data") }
        if let at, Timestamp(at) == nil { throw ValidationError("--at \(at): write it as 2026-01-02T03:04:05Z") }
    }

    func run() async throws {
        guard let handle = HandleURI.handle(in: handle), handle.bytes.count <= Limits.handleByteCount else {
            throw Failure(.usage, "that is no handle: write PREFIX/NAME, hdl:PREFIX/NAME or a proxy's address")
        }
        let query = Query(handle: handle.bytes, indexes: index, types: type.map { Array($0.utf8) })
        if let data {
            try show(try answer(query, from: data), query)
        } else {
            try show(try await answer(query, from: try endpoint()), query)
        }
    }

    private var wishes: ClientRequest.Wishes {
        var wishes = ClientRequest.Wishes()
        // A primary has all of it: also what an identifier that is out of use has kept.
        wishes.authoritative = auth || admin != nil
        wishes.certify = certify
        wishes.publicOnly = !all && admin == nil
        return wishes
    }

    private func endpoint() throws(Failure) -> ServerEndpoint {
        let text = server ?? "127.0.0.1:\(ServerAddress.usualPort)"
        guard let address = ServerAddress(text) else {
            throw Failure(.usage, "--server \(text): write it as 127.0.0.1:2641 or [::1]:2641")
        }
        return ServerEndpoint(address)
    }

    // MARK: Asking

    private func answer(_ query: Query, from endpoint: ServerEndpoint) async throws(Failure) -> ResolveAnswer {
        var options = ClientOptions()
        options.transport = udp ? .datagramOnly : tcp ? .streamOnly : .datagramThenStream
        options.security = try security.security
        let authentication = try authentication
        let resolution = Resolution(client: Client(options: options), root: endpoint, wishes: wishes)
        do throws(ClientError) {
            let outcome = try await resolution.resolve(query)
            if trace { outcome.steps.forEach(say) }
            guard let authentication, outcome.reply.responseCode == .authenticationNeeded else {
                return ResolveAnswer(outcome)
            }
            let server = outcome.endpoint.stream ?? outcome.reply.server
            let administration = Administration(server: server, authentication: authentication, options: options)
            let reply = try await administration.perform(.resolve(query, authoritative: true))
            return ResolveAnswer(
                reply.message, reply.answer, facts: ["TCP \(server)", "as \(authentication.identity)"])
        } catch {
            throw Failure(error.isDistrusted ? .negative : .unreachable, "\(error)")
        }
    }

    private var authentication: ClientAuthentication? {
        get throws(Failure) {
            guard let admin, let key else { return nil }
            return ClientAuthentication(
                try Arguments.administrator(admin),
                key: try AdministratorKey.read(key, passphraseFile: passphraseFile))
        }
    }

    private func say(_ step: Resolution.Step) {
        let name = ValueText.harmless(String(decoding: step.query.handle, as: UTF8.self))
        let transport = step.reply.isDatagram ? "UDP" : "TCP"
        Output.say(
            "\(transport) \(step.reply.server) \(name): \(ResolveAnswer.meaning(of: step.reply.responseCode)), "
                + ResolveAnswer.duration(step.reply.elapsed))
    }

    private func answer(_ query: Query, from directory: String) throws -> ResolveAnswer {
        let now = UInt32(clamping: Int64(Date().timeIntervalSince1970))
        let files = try LocalResolution(directory: directory)
        let bytes =
            if let time = at.flatMap({ Timestamp($0) }) {
                try files.answer(query, publicOnly: !all, at: time.secondsSince1970)
            } else if all {
                // Whoever reads the files need not prove to a node that he is an administrator.
                try files.answer(query, publicOnly: false, at: .max)
            } else {
                try files.answer(ClientRequest.resolution(query, wishes: wishes, at: now), at: now)
            }
        do throws(WireError) {
            let message = try Message(parsing: bytes.rawSpan)
            return ResolveAnswer(message, try Answer(parsing: message), facts: ["from \(directory)"])
        } catch {
            throw Failure(.storage, "\(directory): \(error)")
        }
    }

    // MARK: Showing

    private func show(_ answer: ResolveAnswer, _ query: Query) throws(Failure) {
        if hex {
            Output.data(String(decoding: Hex.encode(answer.message.bytes()), as: UTF8.self))
        } else if json {
            guard let text = answer.json(query) else {
                throw Failure(.negative, "the answer has text that is no UTF-8, which JSON cannot hold: try --hex")
            }
            Output.data(text)
        } else if let values = answer.values, !values.isEmpty {
            let page = RecordPage(isColoured: Output.isDataColoured)
            Output.data(page.text(handle: query.handle, values: values, facts: answer.facts))
        }
        guard !answer.isFound else { return }
        throw Failure(.negative, json || hex ? nil : answer.explanation(query))
    }
}

extension ClientError {
    /// There was an answer, and it proves nothing: not a matter of reaching the server.
    fileprivate var isDistrusted: Bool {
        switch code {
        case .notSigned, .signature, .serverKey, .requestDigest: true
        case .tls(let error): error.isDistrust
        default: false
        }
    }
}
