import HandleClient
import HandleProtocol

/// An answer to show: what it holds, and what one wants to know about where it comes from.
struct ResolveAnswer {
    let message: Message
    let answer: Answer
    let facts: [String]

    init(_ message: Message, _ answer: Answer, facts: [String]) {
        self.message = message
        self.answer = answer
        self.facts = ResolveAnswer.count(answer) + facts
    }

    init(_ outcome: Resolution.Outcome) {
        let reply = outcome.reply
        var facts = [
            "\(reply.byteCount) bytes", "\(reply.isDatagram ? "UDP" : "TCP") \(reply.server)",
            ResolveAnswer.duration(reply.elapsed),
        ]
        if outcome.steps.count > 1 { facts.append("\(outcome.steps.count) questions") }
        if reply.message.header.flags.contains(.authoritative) { facts.append("primary site") }
        if outcome.isVerified {
            facts.append(outcome.isKeyFromReferral ? "signature right" : "signature right, by the key that it claims")
        }
        self.init(reply.message, reply.answer, facts: facts)
    }

    private static func count(_ answer: Answer) -> [String] {
        guard case .values(let found) = answer.body else { return [] }
        return [found.values.count == 1 ? "1 value" : "\(found.values.count) values"]
    }

    var code: ResponseCode { message.header.responseCode }
    var isFound: Bool { code == .success && !(values ?? []).isEmpty }

    /// Of the handle, or those of a referral.
    var values: [HandleValue]? {
        switch answer.body {
        case .values(let found): found.values
        case .referral(let referral): referral.values
        default: nil
        }
    }

    /// As the REST API answers: code, handle, values where there are any. Nil when a text is not UTF-8.
    func json(_ query: Query) -> String? {
        guard UTF8Text.isValid(query.handle.rawSpan) else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("responseCode")
        writer.write(code.rawValue)
        writer.name("handle")
        writer.write(utf8: query.handle.rawSpan)
        if case .error(let body) = answer.body, let text = body.message, !text.isEmpty {
            writer.name("message")
            writer.write(String(decoding: text, as: UTF8.self))
        }
        if case .referral(let referral) = answer.body, !referral.handle.isEmpty {
            writer.name("referralHandle")
            writer.write(String(decoding: referral.handle, as: UTF8.self))
        }
        if let values = values ?? (code == .valuesNotFound ? [] : nil) {
            var list = ByteWriter()
            for value in values { value.write(to: &list) }
            let bytes = list.bytes
            writer.name("values")
            guard (try? writer.write(values: bytes.rawSpan)) != nil else { return nil }
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Why there is nothing to show, and what to do.
    func explanation(_ query: Query) -> String {
        let name = ValueText.harmless(String(decoding: query.handle, as: UTF8.self))
        var text = "\(name): \(ResolveAnswer.meaning(of: code))"
        if case .error(let body) = answer.body, let message = body.message, !message.isEmpty {
            text += " (\(ValueText.harmless(String(decoding: message, as: UTF8.self))))"
        }
        switch code {
        case .serverNotResponsible: return text + "; name another --server, or a root"
        case .authenticationNeeded, .insufficientPermissions:
            return text + "; leave out --all for the public values, or prove who you are with --admin and --key"
        case .notAdministrator, .authenticationFailed, .invalidCredential, .authenticationError:
            return text + "; " + AdministrationAnswer.meaning(of: code).advice
        default: return text
        }
    }

    static func meaning(of code: ResponseCode) -> String {
        switch code {
        case .success: "found"
        case .handleNotFound: "no such handle"
        case .valuesNotFound: "the handle has no such value"
        case .serverNotResponsible: "the server is not responsible for it"
        case .serviceReferral, .prefixReferral: "another site is responsible for it"
        case .serverTooBusy: "the server is too busy"
        case .protocolError: "the server did not understand"
        case .operationNotSupported: "the server does not do that"
        case .invalidHandle: "the server does not take that name"
        case .authenticationNeeded: "values are for administrators"
        case .insufficientPermissions: "nobody may read a value that was asked for"
        case .notAdministrator, .authenticationFailed, .invalidCredential, .authenticationError:
            AdministrationAnswer.meaning(of: code).0
        default: "the server answered with code \(code.rawValue)"
        }
    }

    /// From nanoseconds: `0.42 ms`, `1.3 s`.
    static func duration(_ nanoseconds: UInt64) -> String {
        let microseconds = nanoseconds / 1_000
        guard microseconds < 1_000_000 else { return "\(tenths(microseconds / 100_000)) s" }
        return microseconds < 100_000
            ? "\(microseconds / 1_000).\(digits(microseconds % 1_000 / 10)) ms" : "\(microseconds / 1_000) ms"
    }

    private static func tenths(_ value: UInt64) -> String { "\(value / 10).\(value % 10)" }
    private static func digits(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
