internal import BanyanSync

/// The reviewer's desk: a line is a decision, an order or a question, and gets lines in answer.
public struct TopNodeDesk: Sendable {
    private let server: TopNodeServer

    public init(server: TopNodeServer) { self.server = server }

    /// What an empty line, or a wrong one, is answered.
    public static let usage = "approve P, refuse P WHY, suspend P WHY, resume P, revoke P WHY, list"

    public func answer(_ line: String) -> [String] {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard let verb = words.first else { return [Self.usage] }
        guard verb != "list" else { return list }
        guard words.count > 1 else { return [Self.usage] }
        let (prefix, reason) = (words[1], words.count > 2 ? words[2] : "")
        do {
            let isDone: Bool
            switch verb {
            case "approve": isDone = try server.decide(prefix, isPassed: true, reason: reason)
            case "refuse": isDone = try server.decide(prefix, isPassed: false, reason: reason)
            case "suspend": isDone = try server.order(prefix, state: 0, reason: reason)
            case "resume": isDone = try server.order(prefix, state: 1, reason: reason)
            case "revoke": isDone = try server.order(prefix, state: 2, reason: reason)
            default: return [Self.usage]
            }
            return [isDone ? "\(verb) \(prefix): queued" : "\(verb) \(prefix): not in a state for it"]
        } catch {
            return ["\(verb) \(prefix): the log cannot be written"]
        }
    }

    private var list: [String] {
        let register = server.register
        guard !register.prefixes.isEmpty else { return ["nothing is registered"] }
        return register.prefixes.sorted { $0.key < $1.key }.map { prefix, application in
            let state = application.isPassed == true ? "approved" : "waiting"
            let statuses = register.identifiers[prefix]?.statuses.joined(separator: ",") ?? "-"
            return "\(prefix) \(state) enterprise=\(application.enterprise) \(statuses)"
        }
    }
}
