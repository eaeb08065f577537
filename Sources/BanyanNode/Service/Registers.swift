import BanyanHTTP
import BanyanRegistry
import BanyanSNMS

/// Accounts and prefixes of the running node, and the doors that work with them.
struct Registers: Sendable {
    let accounts: AccountRegister
    let prefixes: PrefixRegister

    init(_ registrar: Registrar, _ directory: NodeDirectory) throws(NodeError) {
        let key = try directory.dataKey()
        accounts = AccountRegister(index: registrar.index, sink: registrar, dataKey: key)
        prefixes = PrefixRegister(
            index: registrar.index, sink: registrar, accounts: accounts, dataKey: key,
            files: NodeFiles(directory: directory))
    }

    /// The Banyan API, the calls of SNMS, and those of an enterprise node: who signs in at one of them has signed in,
    /// and who fails at one has failed, at all.
    func doors(
        _ registrar: Registrar, _ configuration: Configuration
    ) throws(NodeError) -> [any HTTPDoor] {
        let signIn: SignIn
        do throws(AccountError) { signIn = try SignIn(accounts, allowsAnswers: configuration.allowsDigestLogin) } catch
        {
            throw .account("sign-in", error)
        }
        let signedIn = SignedIn()
        let api = BanyanAPIDoor(
            APIServices(
                registrar: registrar, accounts: accounts, signIn: signIn, signedIn: signedIn, version: Version.number))
        guard configuration.hasSNMS else { return [api] }
        let services = SNMSServices(
            index: registrar.index, sink: registrar, accounts: accounts, prefixes: prefixes, signIn: signIn,
            signedIn: signedIn)
        return [
            api, SNMSDoor(services: services, settings: configuration.snms),
            HubDoor(services: services, settings: configuration.snms),
        ]
    }
}
