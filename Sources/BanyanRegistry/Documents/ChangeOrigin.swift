import Foundation

/// Who changes documents, and through which door, as the journal names them.
public struct ChangeOrigin: Sendable {
    public var principal: String
    public var source: String

    public init(principal: String = "local", source: String) {
        self.principal = principal
        self.source = source
    }

    /// Seconds since 1970.
    public static var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }

    /// The changes as a set, what they require in front: so that all of them are done, or none.
    public func set(of changes: [Change]) -> ChangeSet {
        var set = ChangeSet(onConflict: .replace, principal: principal, source: source)
        for change in Self.ordered(changes) { set.append(changes[change]) }
        return set
    }

    /// Which of `changes` was refused.
    public func ordinal(_ rejection: ChangeSetResult.Rejection, in changes: [Change]) -> Int {
        let order = Self.ordered(changes)
        return order.indices.contains(rejection.ordinal) ? order[rejection.ordinal] : rejection.ordinal
    }

    private static func ordered(_ changes: [Change]) -> [Int] {
        changes.indices.filter { changes[$0].isCondition } + changes.indices.filter { !changes[$0].isCondition }
    }
}

extension Change {
    /// Whether it changes nothing, and only says what must be so.
    var isCondition: Bool {
        switch self {
        case .require, .requireSetting, .requireDocument: true
        default: false
        }
    }
}
