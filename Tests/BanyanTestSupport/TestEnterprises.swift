import BanyanIndex
public import BanyanRegistry
public import HandleProtocol
import OpenSSL

/// A registrar over a new index that homes 88.118.8, with the registers of accounts and prefixes over it.
public final class TestEnterprises: Sendable {
    public let registrar: Registrar
    public let accounts: AccountRegister
    public let prefixes: PrefixRegister
    public let outbox: Outbox
    public let origin = ChangeOrigin(principal: "operator", source: "test")
    private let folder: TemporaryFolder

    public init(isForwarding: Bool = true) throws {
        folder = try TemporaryFolder()
        registrar = try Registrar(directory: folder.path, access: .create)
        guard let key = DataKey(SecretBytes(Array(repeating: 3, count: DataKey.byteCount))) else {
            throw TestFailure("no key")
        }
        let index = registrar.index
        accounts = AccountRegister(index: index, sink: registrar, dataKey: key)
        prefixes = PrefixRegister(
            index: index, sink: registrar, accounts: accounts, dataKey: key,
            files: FolderFiles(folder: try TemporaryFolder()))
        outbox = Outbox(index: index, sink: registrar)
        try commit([.home(prefix: Array("88.118.8".utf8), caseRule: .insensitive), Self.site(of: "192.0.2.1")])
        if isForwarding { try outbox.setForwarding(true, by: origin) }
    }

    public func commit(_ changes: [Change]) throws {
        var set = ChangeSet(onConflict: .replace)
        for change in changes { set.append(change) }
        let result = try registrar.submit(set)
        guard result.rejections.isEmpty else { throw TestFailure("\(result.rejections)") }
    }

    private static func site(of address: String) throws -> Change {
        guard let address = SiteAddress(address) else { throw TestFailure("no address") }
        let site = Site(
            serial: 1, flags: .primary, hashOption: .wholeHandle, attributes: [],
            servers: [
                SiteServer(
                    id: 1, address: address, publicKey: [],
                    interfaces: [ServiceInterface(service: [.query, .administration], transport: .tcp, port: 2_641)])
            ])
        return .setSite(record: site.bytes, serverPosition: 0)
    }

    public func prefix(_ text: String) throws -> Prefix {
        guard let prefix = Prefix(text) else { throw TestFailure("no prefix: \(text)") }
        return prefix
    }

    /// An enterprise with an account, a certificate and images of its own applies for 88.118.8.NUMBER.
    @discardableResult
    public func apply(_ number: Int) throws -> Prefix {
        let user = "enterprise\(number)"
        let image = try prefixes.keep(Array("BMimage of \(number)".utf8), .bmp, of: user, by: origin)
        let enterprise = Enterprise(
            name: "荣成轴承 \(number) <厂>", nature: "2", certificateType: 1,
            certificateCode: "91370000" + String(repeating: "0", count: 10 - "\(number)".count) + "\(number)",
            description: "a & b", website: nil, address: "某路1号", industry: "C", owner: "")
        let contents = """
            {"entBasicInfo":{"orgCrtImgRid":\(image.number),"orgAddrProvince":"370000","orgAddrCity":371000,
             "contactName":"丙","contactEmail":"z@z.cn","contactPhone":"3","legalName":"丁","legalCrtType":1,
             "legalCrtNo":"110101199003070001"}}
            """
        let prefix = try prefix("88.118.8.\(number)")
        _ = try prefixes.apply(
            PrefixApplication(
                applicant: .newAccount(
                    name: user, digest: PasswordDigest.digest(of: SecretBytes(Array("Blue-lantern-7".utf8))),
                    contact: AccountContact(email: user + "@example.cn", mobile: "138\(number)")),
                enterprise: enterprise, prefix: prefix, contents: Array(contents.utf8), files: [image.number]),
            by: origin)
        return prefix
    }
}
