import BanyanRegistry
import HandleClient
import HandleProtocol

/// One change on its way to another server, and what its answers say (RFC 3652 §3.6). No socket, no clock: each answer
/// gives the next request, or what became of the change.
///
///  1. A handle is created. Where it is there already its values are fetched: the same, timestamps apart, count as
///     done; otherwise the conflict rule says whether it is refused, left alone or overwritten.
///  2. What was sent and lost its answer is sent again; then "there already", "not there any more" and the like say
///     that it had been done.
struct NetworkOperation: Sendable {
    enum Phase: Equatable, Sendable {
        case asking
        /// The values that are there are fetched.
        case comparing
        case overwriting
    }

    enum Outcome: Equatable, Sendable {
        case created, replaced, deleted, unchanged, skipped
        case refused(RegistrationError, words: String?)
        /// Ask again, with `request`.
        case goesOn
        /// The server has too much to do; ask again a moment later.
        case later
        /// Nothing will be taken from now on.
        case failed(words: String)
    }

    let change: Change
    let conflictRule: ConflictRule
    private(set) var phase = Phase.asking
    /// Whether it may have been done before.
    var isRepeated: Bool
    private var attempts = 0

    init(_ change: Change, conflictRule: ConflictRule, isRepeated: Bool) {
        self.change = change
        self.conflictRule = conflictRule
        self.isRepeated = isRepeated
    }

    /// The record that is changed, as keys are compared; nil for what stands by itself.
    var handle: [UInt8]? {
        switch change {
        case .put(let handle, _), .addValues(let handle, _, _), .modifyValues(let handle, _),
            .removeValues(let handle, _), .delete(let handle):
            HandleCase.folded(handle)
        default: nil
        }
    }

    /// Whether everything in front of it must be done first, and nothing behind it begin before: prefixes and their
    /// records say who may do the rest.
    var isBarrier: Bool { handle.map { $0.starts(with: Array("0.".utf8)) } ?? true }

    /// Nil for a change that no server takes from others.
    func request() throws(WireError) -> AdministrativeRequest? {
        switch (phase, change) {
        case (.comparing, _): .resolve(Query(handle: handle ?? []), authoritative: true)
        case (_, .put(let handle, let values)):
            .create(
                HandleRecord(handle: handle, values: try Self.parse(values)), overwrites: phase == .overwriting)
        case (_, .addValues(let handle, let values, let overwrites)):
            .add(HandleRecord(handle: handle, values: try Self.parse(values)), overwrites: overwrites)
        case (_, .modifyValues(let handle, let values)):
            .modify(HandleRecord(handle: handle, values: try Self.parse(values)))
        case (_, .removeValues(let handle, let indexes)): .remove(handle: handle, indexes: indexes)
        case (_, .delete(let handle)): .delete(handle: handle)
        case (_, .home(let prefix, _)): Prefix(prefix).map { .home($0) }
        case (_, .unhome(let prefix)): Prefix(prefix).map { .unhome($0) }
        default: nil
        }
    }

    static func parse(_ bytes: [UInt8]) throws(WireError) -> [HandleValue] {
        var values: [HandleValue] = []
        var reader = ByteReader(bytes.rawSpan)
        while !reader.isAtEnd { values.append(try HandleValue(parsing: &reader)) }
        return values
    }

    // MARK: Answers

    mutating func answered(_ reply: Administration.Reply) -> Outcome {
        let code = reply.responseCode
        var words: String?
        if case .error(let body) = reply.answer.body {
            words = body.message.map { String(decoding: $0, as: UTF8.self) }
        }
        switch code {
        case .serverTooBusy: return .later
        case .error, .serverReadOnly:
            return .failed(
                words:
                    "the server stores nothing (code \(code.rawValue)); see its log, then give the same command again")
        default: break
        }
        if phase == .comparing { return compared(reply) }
        guard code == .success else { return refused(code, words) }
        switch change {
        case .put: return phase == .overwriting ? .replaced : .created
        case .delete: return .deleted
        default: return .replaced
        }
    }

    private mutating func refused(_ code: ResponseCode, _ words: String?) -> Outcome {
        switch (change, code) {
        case (.put, .handleAlreadyExists) where attempts < 8, (.addValues, .valueAlreadyExists) where isRepeated:
            attempts += 1
            phase = .comparing
            return .goesOn
        case (.delete, .handleNotFound) where isRepeated: return .deleted
        case (.removeValues, .valuesNotFound) where isRepeated: return .replaced
        default: return .refused(RegistrationError(code), words: words.flatMap { $0.isEmpty ? nil : $0 })
        }
    }

    /// What is there has been fetched, as far as the administrator may see it.
    private mutating func compared(_ reply: Administration.Reply) -> Outcome {
        var there: [HandleValue] = []
        switch (reply.responseCode, reply.answer.body) {
        case (.success, .values(let answer)): there = answer.values
        case (.handleNotFound, _):
            // Deleted in between.
            phase = .asking
            return .goesOn
        default: break
        }
        switch change {
        case .put(_, let values):
            if let wanted = try? Self.parse(values), Self.areSame(there, wanted) {
                return isRepeated ? .created : .unchanged
            }
            switch conflictRule {
            case .fail: return .refused(.handleExists, words: nil)
            case .skip: return .skipped
            case .replace:
                phase = .overwriting
                return .goesOn
            }
        case .addValues(_, let values, _):
            let wanted = (try? Self.parse(values)) ?? []
            let isDone = wanted.allSatisfy { value in there.contains { Self.areSame([$0], [value]) } }
            return isDone ? .replaced : .refused(.valueExists, words: nil)
        default: return .refused(.refused, words: nil)
        }
    }

    private static func areSame(_ some: [HandleValue], _ others: [HandleValue]) -> Bool {
        some.count == others.count
            && zip(some, others).allSatisfy { one, other in
                var one = one
                one.timestamp = other.timestamp
                return one == other
            }
    }
}

extension RegistrationError {
    /// What another server's refusal means for a row.
    init(_ code: ResponseCode) {
        switch code {
        case .handleNotFound: self = .handleNotFound
        case .handleAlreadyExists: self = .handleExists
        case .invalidHandle: self = .invalidHandle
        case .valuesNotFound: self = .valueNotFound
        case .valueAlreadyExists: self = .valueExists
        case .invalidValue: self = .malformedValue
        case .serverNotResponsible, .serviceReferral, .prefixReferral: self = .prefixNotHomed
        case .notAdministrator, .insufficientPermissions: self = .notPermitted
        default: self = .refused
        }
    }
}
