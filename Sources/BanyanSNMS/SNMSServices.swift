public import BanyanIndex
public import BanyanRegistry

/// What the calls work with.
public struct SNMSServices: Sendable {
    var index: HandleIndex
    var sink: any ChangeSink
    var accounts: AccountRegister
    var prefixes: PrefixRegister
    var signIn: SignIn
    let signedIn: SignedIn

    public init(
        index: HandleIndex, sink: any ChangeSink, accounts: AccountRegister, prefixes: PrefixRegister,
        signIn: SignIn, signedIn: SignedIn
    ) {
        self.index = index
        self.sink = sink
        self.accounts = accounts
        self.prefixes = prefixes
        self.signIn = signIn
        self.signedIn = signedIn
    }

    func read<Result>(
        _ body: (borrowing IndexSnapshot) throws(IndexError) -> Result
    ) throws(SNMSFailure) -> Result {
        do throws(IndexError) { return try body(index.snapshot()) } catch {
            throw SNMSFailure(.failed, Messages.internalError)
        }
    }

    /// Commits the changes together, or none of them.
    func apply(
        _ changes: [Change], by origin: ChangeOrigin, conflict: String
    ) throws(SNMSFailure) {
        let result: ChangeSetResult
        do throws(SubmissionError) { result = try sink.submit(origin.set(of: changes)) } catch {
            throw SNMSFailure(error)
        }
        guard let rejection = result.rejections.first else { return }
        throw .refused(rejection.error == .recordChanged ? conflict : Messages.text(rejection.error))
    }
}

/// What an operator may choose of these calls.
public struct SNMSSettings: Sendable {
    /// In front of every path: empty, or such as `/snmsapi`.
    public var base: String
    /// Whether values that everyone may read are shown without a token.
    public var allowsAnonymousQuery: Bool

    public init(base: String = "", allowsAnonymousQuery: Bool = true) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.allowsAnonymousQuery = allowsAnonymousQuery
    }
}
