import BanyanIndex
import HandleProtocol

/// Applies a whole set to the open transaction: its changes in order, then its checkpoint.
enum SetApplication {
    static func apply(_ set: ChangeSet, _ rules: inout ChangeRules) throws -> ChangeSetResult {
        var result = ChangeSetResult()
        let bytes = set.bytes
        var reader = ByteReader(bytes.rawSpan)
        let head = try ChangeSetHead(parsing: &reader)
        let origin = Origin(principal: head.principal, source: head.source)
        var ordinal = 0
        rules.isFromPrimary = false
        while !reader.isAtEnd {
            let change = try ChangeView(parsing: &reader)
            do {
                let outcome = try rules.apply(change, onConflict: head.conflictRule, by: origin)
                if !change.operation.isCondition { result.count(outcome) }
            } catch let error as RegistrationError {
                result.rejections.append(ChangeSetResult.Rejection(ordinal: ordinal, error: error))
                if error == .recordChanged { break }
            }
            ordinal += 1
        }
        if head.identity.byteCount > 0 { try rules.writer.setCheckpoint(head.identity, position: head.position) }
        result.journalHead = rules.writer.sequence
        return result
    }
}

extension ChangeSetResult {
    mutating func count(_ outcome: ChangeOutcome) {
        switch outcome {
        case .created: created += 1
        case .replaced: replaced += 1
        case .deleted: deleted += 1
        case .unchanged: unchanged += 1
        case .skipped: skipped += 1
        }
    }
}
