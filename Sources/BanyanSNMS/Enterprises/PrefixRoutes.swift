import BanyanHTTP
import BanyanIndex
import BanyanRegistry
import HandleProtocol

/// Prefixes: one, the list, and who answers for it.
struct PrefixRoutes: Sendable {
    let services: SNMSServices

    var routes: [SNMSRoute] {
        [
            SNMSRoute("GET", "/snms/api/prefix/query") { try query($0) },
            SNMSRoute("GET", "/snms/api/prefix/page") { try page($0) },
            SNMSRoute("POST", "/snms/api/ent/config") { try configure($0) },
        ]
    }

    private func query(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        guard let name = request.parameter("prefix") else { throw .refused(Messages.missing("prefix")) }
        guard let prefix = Prefix(name) else { throw .refused(Messages.invalid("prefix")) }
        do throws(PrefixRegisterError) {
            guard let contract = try services.prefixes.contract(of: prefix), request.sees(contract) else {
                return try homed(prefix, request)
            }
            let enterprise = try services.prefixes.enterprise(contract.enterprise)
            return .object([
                ("prefix", .string(contract.prefix)),
                ("createDate", .string(CivilTime(inChinaAt: contract.created).dateAndTime)),
                ("ghrName", .string(parent(of: prefix))), ("status", .integer(try status(of: contract, prefix))),
                ("entNameCn", .text(enterprise?.name)), ("entWebSite", .text(enterprise?.website)),
                ("entSite", .text(enterprise?.website)), ("entIndustry", .text(enterprise?.industry)),
                ("entAddrCn", .text(enterprise?.address)), ("entDesc", .text(enterprise?.description)),
            ])
        } catch {
            throw SNMSFailure(error)
        }
    }

    /// What the contract says, and suspended also where the operator has suspended the prefix itself.
    private func status(of contract: PrefixContract, _ prefix: Prefix) throws(PrefixRegisterError) -> Int {
        guard contract.state == .approved, try state(of: prefix) == .suspended else { return contract.state.number }
        return PrefixContract.State.suspended.number
    }

    private func state(of prefix: Prefix) throws(PrefixRegisterError) -> PrefixEntry.State? {
        do throws(SNMSFailure) {
            return try services.read { (snapshot) throws(IndexError) in
                snapshot.prefix(prefix.bytes.rawSpan)?.state
            }
        } catch {
            throw .index(.damagedMeta)
        }
    }

    /// A prefix of the node's own, which nobody has applied for.
    private func homed(_ prefix: Prefix, _ request: SNMSRequest) throws(PrefixRegisterError) -> JSONValue {
        let state = try state(of: prefix)
        guard let state, request.principal?.may(.read, under: prefix.description) ?? false else {
            throw .noSuchPrefix
        }
        return .object([
            ("prefix", .string(prefix.description)), ("createDate", .null), ("ghrName", .string(parent(of: prefix))),
            ("status", .integer(state == .active ? 1 : 0)), ("entNameCn", .null), ("entWebSite", .null),
            ("entSite", .null), ("entIndustry", .null), ("entAddrCn", .null), ("entDesc", .null),
        ])
    }

    /// The registration service: the prefix above.
    private func parent(of prefix: Prefix) -> String { (prefix.parent ?? prefix).description }

    private func page(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let page = try request.page()
        let period = try Period(request)
        let (name, part) = (request.parameter("entName"), request.parameter("entPrefix"))
        do throws(PrefixRegisterError) {
            let enterprises = Dictionary(
                try services.prefixes.enterprises().map { ($0.number, $0) }, uniquingKeysWith: { $1 })
            let found = try services.prefixes.contracts().filter { contract in
                request.sees(contract) && period.contains(contract.created)
                    && (part.map { contract.prefix.contains($0) } ?? true)
                    && (name.map { enterprises[contract.enterprise]?.name.contains($0) ?? false } ?? true)
            }
            let rows = found.map { $0.row(of: enterprises[$0.enterprise]?.name) }
            return Page.value(rows, number: page.number, size: page.size)
        } catch {
            throw SNMSFailure(error)
        }
    }

    /// Hosted here where a `proxyServerId` is given, otherwise at the address of the enterprise's own node.
    private func configure(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let body = try request.json()
        let form = body["entPrefixConfig"]
        if form.isNull { throw .refused(Messages.missing("entPrefixConfig")) }
        guard let prefix = Prefix(try form.text("entPrefix", max: 64)) else {
            throw .refused(Messages.invalid("entPrefix"))
        }
        try request.require(.prefix, under: prefix.description)
        let isHosted = !body["proxyServerId"].isNull
        if isHosted { _ = try body.integer("proxyServerId", in: 0...Int.max) }
        let sites = isHosted ? [] : [try Self.site(form)]
        do throws(PrefixRegisterError) {
            try services.prefixes.apply(
                isHosted ? .hosted : .delegated, to: prefix, sites: sites, by: request.origin)
        } catch {
            throw SNMSFailure(error)
        }
        return .boolean(true)
    }

    /// The site record of one server at that address, with an interface for each port that is given.
    private static func site(_ form: JSONValue) throws(SNMSFailure) -> Site {
        _ = try form.text("hdlType", max: 128)
        guard let address = SiteAddress(try form.text("ip", max: 64)) else { throw .refused(Messages.invalid("ip")) }
        guard try form.integer("ipType", in: 4...6) == (address.isVersion4 ? 4 : 6) else {
            throw .refused(Messages.invalid("ipType"))
        }
        var interfaces: [ServiceInterface] = []
        let ports: [(String, ServiceInterface.Transport, ServiceInterface.Service)] = [
            ("tcpPort", .tcp, [.query, .administration]), ("udpPort", .udp, .query), ("httpPort", .http, .query),
        ]
        for (name, transport, service) in ports where form[name].looseText.map({ !$0.isEmpty }) ?? false {
            let port = try form.integer(name, in: 1...65_535)
            interfaces.append(ServiceInterface(service: service, transport: transport, port: UInt32(port)))
        }
        guard !interfaces.isEmpty else { throw .refused(Messages.missing("tcpPort")) }
        return Site(
            serial: 1, flags: .primary, hashOption: .wholeHandle, attributes: [],
            servers: [SiteServer(id: 1, address: address, publicKey: [], interfaces: interfaces)])
    }
}

extension SNMSRequest {
    fileprivate func sees(_ contract: PrefixContract) -> Bool {
        guard let principal else { return false }
        return principal.name == contract.owner || principal.may(.read, under: contract.prefix)
    }
}

extension PrefixContract {
    fileprivate func row(of enterpriseName: String?) -> JSONValue {
        .object([
            ("id", .integer(number)), ("createDate", .string(CivilTime(inChinaAt: created).dateAndTime)),
            ("updateDate", .string(CivilTime(inChinaAt: updated).dateAndTime)), ("entPrefix", .string(prefix)),
            ("entprefix", .string(prefix)), ("entId", .integer(enterprise)),
            ("state", .integer(state == .approved ? 1 : 0)), ("entName", .text(enterpriseName)),
            ("proxyState", .integer(hosting.number)),
        ])
    }
}

extension PrefixContract.State {
    /// As `status` of a prefix counts: disabled, enabled, to be deleted, refused, waiting, in review.
    fileprivate var number: Int {
        switch self {
        case .suspended: 0
        case .approved: 1
        case .revoked: 2
        case .refused: 3
        case .applied: 4
        case .inReview: 5
        }
    }
}

extension PrefixContract.Hosting {
    fileprivate var number: Int {
        switch self {
        case .none, .delegated: 1
        case .applied: 2
        case .refused: 3
        case .hosted: 4
        }
    }
}
