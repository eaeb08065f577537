import BanyanIndex
import HandleProtocol

/// Prefixes, the site, settings, the journal's length.
extension ChangeRules {
    /// Homing what is homed by the same rule changes nothing, also when it is suspended.
    mutating func home(_ prefix: RawSpan, caseRule: UInt8, by origin: borrowing Origin) throws -> ChangeOutcome {
        guard let rule = CaseRule(rawValue: caseRule) else { throw RegistrationError.invalidPrefix }
        let row = try selectPrefix(prefix)
        if let row, row.entry.caseRule != rule, row.recordCount > 0 { throw RegistrationError.caseRuleFixed }
        if let row, row.entry.state != .unhomed, row.entry.caseRule == rule { return .unchanged }
        let state = row?.entry.state == .suspended ? PrefixEntry.State.suspended : .active
        try Self.set(
            PrefixEntry(caseRule: rule, state: state), rules: row?.rules ?? [], .home, key, &writer, by: origin)
        return row == nil ? .created : .replaced
    }

    /// Unhoming what is not homed changes nothing; suspending or resuming it is refused.
    mutating func setPrefixState(
        _ change: borrowing ChangeView, _ state: PrefixEntry.State, _ operation: JournalOperation,
        by origin: borrowing Origin
    ) throws -> ChangeOutcome {
        let reason = change.payload
        guard reason.byteCount <= Self.reasonByteCountMax, NameRules.isLine(reason) else {
            throw RegistrationError.invalidReason
        }
        let row = try selectPrefix(change.handle)
        guard let row, row.entry.state != .unhomed else {
            guard state == .unhomed else { throw RegistrationError.prefixNotHomed }
            return .unchanged
        }
        guard row.entry.state != state else { return .unchanged }
        try Self.set(
            PrefixEntry(caseRule: row.entry.caseRule, state: state), rules: row.rules, operation, key, &writer,
            by: origin.giving(reason: reason))
        return .replaced
    }

    /// Names that are there stay, whatever the rules say.
    mutating func setRules(_ prefix: RawSpan, _ rules: RawSpan, by origin: borrowing Origin) throws -> ChangeOutcome {
        guard let row = try selectPrefix(prefix), row.entry.state != .unhomed else {
            throw RegistrationError.prefixNotHomed
        }
        let parsed: IdentifierRules
        do throws(RuleError) {
            parsed = try IdentifierRules(parsing: rules.array)
            _ = try NameCheck(parsed, caseRule: row.entry.caseRule)
        } catch {
            throw RegistrationError.invalidRules
        }
        guard parsed.bytes != row.rules else { return .unchanged }
        try Self.set(row.entry, rules: parsed.bytes, .setRules, key, &writer, by: origin)
        return .replaced
    }

    mutating func setSite(_ record: RawSpan, position: UInt32, by origin: borrowing Origin) throws -> ChangeOutcome {
        do throws(WireError) {
            _ = try SiteSummary(parsing: record, serverPosition: Int(position))
        } catch {
            throw RegistrationError.invalidSite
        }
        if writer.isMirror {
            try writer.setSiteOfMirror(record, serverPosition: position)
            return .replaced
        }
        return try writer.setSite(record, serverPosition: position, by: origin) ? .replaced : .unchanged
    }

    mutating func setSetting(_ name: RawSpan, _ value: RawSpan, by origin: borrowing Origin) throws -> ChangeOutcome {
        guard (1...255).contains(name.byteCount), NameRules.isText(name) else {
            throw RegistrationError.invalidSetting
        }
        return try writer.setSetting(name, to: value, by: origin) ? .replaced : .unchanged
    }

    mutating func trimJournal(before time: RawSpan) throws -> ChangeOutcome {
        let removed = try writer.trimJournal(before: time.bigEndianUInt64(at: 0), atMost: 10_000)
        return removed > 0 ? .deleted : .unchanged
    }

    private mutating func selectPrefix(_ prefix: RawSpan) throws -> PrefixRow? {
        guard key.set(prefix, caseRule: .insensitive) else { throw RegistrationError.invalidPrefix }
        try NameRules.checkPrefix(key)
        return try Self.row(key, &writer)
    }

    private static func row(_ key: borrowing IndexKey, _ writer: inout IndexWriter) throws(IndexError) -> PrefixRow? {
        try writer.prefixRow(key.localName)
    }

    private static func set(
        _ entry: PrefixEntry, rules: [UInt8], _ operation: JournalOperation, _ key: borrowing IndexKey,
        _ writer: inout IndexWriter, by origin: borrowing Origin
    ) throws(IndexError) {
        try writer.setPrefix(key.localName, to: entry, rules: rules, operation, by: origin)
    }
}
