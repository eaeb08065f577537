import BanyanHTTP
import BanyanRegistry
import BanyanSNMS

/// Accounts and prefixes of the running node.
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

    /// The calls of SNMS, and those of an enterprise node.
    func doors(_ registrar: Registrar, _ configuration: Configuration) throws(NodeError) -> [any HTTPDoor] {
        guard configuration.hasSNMS else { return [] }
        do throws(AccountError) {
            let services = try SNMSServices(
                index: registrar.index, sink: registrar, accounts: accounts, prefixes: prefixes,
                allowsDigestLogin: configuration.allowsDigestLogin)
            return [
                SNMSDoor(services: services, settings: configuration.snms),
                HubDoor(services: services, settings: configuration.snms),
            ]
        } catch {
            throw .account("SNMS", error)
        }
    }
}
