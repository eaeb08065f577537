import BanyanIndex
public import BanyanRegistry
import HTTPTypes

/// What the Banyan API works with.
public struct APIServices: Sendable {
    let registrar: Registrar
    let accounts: AccountRegister
    let signIn: SignIn
    let signedIn: SignedIn
    /// Of the program.
    let version: String

    public init(
        registrar: Registrar, accounts: AccountRegister, signIn: SignIn, signedIn: SignedIn, version: String
    ) {
        self.registrar = registrar
        self.accounts = accounts
        self.signIn = signIn
        self.signedIn = signedIn
        self.version = version
    }

    var index: HandleIndex { registrar.index }

    func read<Result>(_ body: (borrowing IndexSnapshot) throws(IndexError) -> Result) throws(ProblemResponse) -> Result
    {
        do throws(IndexError) { return try body(index.snapshot()) } catch { throw ProblemResponse(error) }
    }

}

extension ProblemResponse {
    /// What a caller is told of a store that cannot be read.
    init(_ error: IndexError) {
        switch error {
        case .damagedRecord: self.init(RegistrationError.damagedRecord)
        case .historyUnavailable:
            self.init(.notFound, "history-unavailable", "The journal does not reach back so far")
        default: self = .internalError
        }
    }
}
