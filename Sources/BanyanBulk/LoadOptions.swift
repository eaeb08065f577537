public import BanyanRegistry

/// How a load is to be done.
public struct LoadOptions: Sendable {
    /// nil: told by each file's first lines.
    public var format: BulkFormat?
    public var conflictRule = ConflictRule.fail
    /// For CSV files.
    public var mapping = ColumnMapping()
    /// Nothing of an input is kept behind the chunk of its first bad row.
    public var isStrict = false
    /// Where refused rows go, in their own format.
    public var rejectsPath: String?
    /// Who loads, as the journal names it.
    public var principal = "local"

    public init() {}
}
