import ArgumentParser
import HandleClient
import HandleProtocol

/// Who asks which server, with what key, and how the answer is shown: what all verbs of administration share.
struct AdministratorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            Output.text("The server to ask, over TCP.", "要请求的服务器（TCP）。"), valueName: "addr:port"))
    var server: String

    @Option(
        help: ArgumentHelp(
            Output.text("Who asks: where the server finds the key.", "请求者：服务器据此查找密钥。"),
            valueName: "index:handle"))
    var admin: String

    @Option(
        help: ArgumentHelp(
            Output.text(
                "His private key in any form, or his secret key as a line of text.", "其私钥（任何格式），或一行文本的共享密钥。"),
            valueName: "file"))
    var key: String

    @Option(
        help: ArgumentHelp(
            Output.text(
                "A file with the key's passphrase in its first line; without it, a terminal is asked.",
                "首行为密钥口令的文件；未给出时在终端询问。"), valueName: "file"))
    var passphraseFile: String?

    @OptionGroup(title: "TLS") var security: TLSOptions

    @Flag(help: ArgumentHelp(Output.text("JSON, as the REST API answers.", "JSON，与 REST 接口的应答相同。")))
    var json = false

    var administration: Administration {
        get throws(Failure) {
            guard let address = ServerAddress(server) else {
                throw Failure(.usage, "--server \(server): write it as 127.0.0.1:2641 or [::1]:2641")
            }
            let identity = try Arguments.administrator(admin)
            let key = try AdministratorKey.read(key, passphraseFile: passphraseFile)
            var options = ClientOptions()
            options.security = try security.security
            return Administration(
                server: address, authentication: ClientAuthentication(identity, key: key), options: options)
        }
    }

    /// Asks for something about `handle`; shows the answer's code where JSON is wanted. What is not done ends the verb.
    @discardableResult
    func perform(
        _ request: AdministrativeRequest, on handle: [UInt8],
        onNames: @escaping @Sendable (HandleList) -> Void = { _ in }
    ) async throws(Failure) -> Administration.Reply {
        let administration = try administration
        let reply: Administration.Reply
        do throws(ClientError) {
            reply = try await administration.perform(request, onNames: onNames)
        } catch {
            throw Failure(error.isUnreachable || error.code == .unknownOutcome ? .unreachable : .negative, "\(error)")
        }
        let answer = AdministrationAnswer(reply, on: handle)
        guard !answer.isDone else { return reply }
        if json { Output.data(answer.json) }
        throw Failure(.negative, json ? nil : answer.explanation)
    }
}
