import BanyanIndex
import HandleProtocol

/// What a mirror takes from its primary.
extension ChangeRules {
    mutating func setMirror(_ isMirror: Bool) throws -> ChangeOutcome {
        guard writer.isMirror != isMirror else { return .unchanged }
        try writer.setMirror(isMirror)
        return .replaced
    }

    mutating func takeFromPrimary() -> ChangeOutcome {
        isFromPrimary = writer.isMirror
        return .unchanged
    }

    /// - Throws: `ReplayProblem` where the record does not belong behind what is there: nothing of the set is done.
    mutating func follow(_ payload: RawSpan) throws -> ChangeOutcome {
        guard writer.isMirror else { throw ReplayProblem.malformed }
        var reader = ByteReader(payload)
        switch try NodeRecord(parsing: &reader) {
        case .entry(let sequence, let bytes, let after):
            if let after {
                try writer.replay(sequence: sequence, entry: bytes.rawSpan, after: after.rawSpan)
            } else {
                try writer.replay(sequence: sequence, entry: bytes.rawSpan, after: nil)
            }
        case .mark(let position, let date):
            try writer.beginSeed(sequence: position.sequence, time: date, chain: position.chain.rawSpan)
        case .record(let key, let bytes): try writer.seedRecord(key.rawSpan, bytes.rawSpan)
        case .page(let lastKey): try writer.setSeedProgress(lastKey)
        case .prefix(let prefix): try writer.seedPrefix(prefix)
        case .setting(let name, let value): try writer.seedSetting(name, value.rawSpan)
        case .document(let key, let value, let sequence):
            try writer.putDocument(key.rawSpan, value.rawSpan, sequence: sequence)
        case .end: try writer.endSeed()
        case .digest, .chainAlgorithm: return .unchanged
        }
        return .replaced
    }

    mutating func forget(_ key: RawSpan) throws -> ChangeOutcome {
        guard writer.isMirror else { throw ReplayProblem.malformed }
        return try writer.forget(key) ? .deleted : .unchanged
    }
}

extension ChangeOperation {
    /// Whether a mirror does it without being told so by its primary.
    var isOfMirror: Bool {
        switch self {
        case .setMirror, .fromPrimary, .follow, .forget, .setSite, .trimJournal, .require: true
        default: false
        }
    }
}
