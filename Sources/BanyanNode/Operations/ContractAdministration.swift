public import BanyanRegistry
public import HandleProtocol

/// What an operator decides on prefixes that enterprises have applied for, with the files alone or through the node
/// that serves them.
public struct ContractAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    public func contracts() throws(NodeError) -> [PrefixContract] {
        try register { (register) throws(PrefixRegisterError) in try register.contracts() }
    }

    /// Lets something happen to a prefix that was applied for.
    public func apply(
        _ event: PrefixEvent, to prefix: Prefix, isFinal: Bool = false, source: String
    ) throws(NodeError) {
        try register(prefix.description) { (register) throws(PrefixRegisterError) in
            try register.apply(event, to: prefix, isFinal: isFinal, by: ChangeOrigin(source: source))
        }
    }

    /// To the enterprise whose account that is.
    public func transfer(_ prefix: Prefix, to account: String) throws(NodeError) {
        try register(prefix.description) { (register) throws(PrefixRegisterError) in
            guard let owner = try register.owner(account) else { throw .noSuchAccount }
            guard let enterprise = owner.enterprise else { throw .noSuchEnterprise }
            try register.apply(
                .transfer(enterprise: enterprise, owner: account), to: prefix,
                by: ChangeOrigin(source: "prefix transfer"))
        }
    }

    /// The index is opened before the changes go: a process opens one once, so the registrar's own where there is one.
    private func register<Result>(
        _ subject: String = "prefix", _ body: (PrefixRegister) throws(PrefixRegisterError) -> Result
    ) throws(NodeError) -> Result {
        let key = try directory.dataKey()
        let sink = try ChangeSinks.open(directory: directory)
        let index = if let registrar = sink as? Registrar { registrar.index } else { try directory.openIndex() }
        let accounts = AccountRegister(index: index, sink: sink, dataKey: key)
        let register = PrefixRegister(
            index: index, sink: sink, accounts: accounts, dataKey: key, files: NodeFiles(directory: directory))
        do throws(PrefixRegisterError) { return try body(register) } catch { throw .contract(subject, error) }
    }
}
