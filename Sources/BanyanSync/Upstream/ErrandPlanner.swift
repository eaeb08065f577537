internal import BanyanIndex
internal import BanyanRegistry
internal import Foundation
internal import HandleProtocol

/// Gathers what an errand needs when it is told: documents of the enterprise, the prefix's record as it is now.
struct ErrandPlanner: Sendable {
    private let user: String
    private let nodePrefix: String?
    private let index: HandleIndex
    private let prefixes: PrefixRegister

    init(_ configuration: UpstreamConfiguration, index: HandleIndex, prefixes: PrefixRegister) {
        user = configuration.user
        nodePrefix = configuration.nodePrefix
        self.index = index
        self.prefixes = prefixes
    }

    /// `.prepared`, `.void`, or `.failed` where our own store is at fault.
    func plan(_ errand: Errand) -> UpstreamStateMachine.Event {
        guard let prefix = Prefix(errand.prefix) else { return .void(reason: "no prefix") }
        do throws(UpstreamFailure) {
            switch errand.matter {
            case .application: return try application(errand, prefix)
            case .configuration: return .prepared(.configuration(try identifier(of: prefix)))
            case .suspension: return .prepared(.suspension(name: errand.prefix))
            case .resumption: return .prepared(.resumption(name: errand.prefix))
            case .removal: return .prepared(.removal(name: errand.prefix))
            }
        } catch {
            return .failed(error)
        }
    }

    // MARK: Applications

    private func application(
        _ errand: Errand, _ prefix: Prefix
    ) throws(UpstreamFailure) -> UpstreamStateMachine.Event {
        let origin = ChangeOrigin(principal: PrefixRegister.upstreamPrincipal, source: "upstream")
        do throws(PrefixRegisterError) {
            guard let enterprise = try prefixes.enterprise(errand.enterprise), enterprise.file != nil,
                let contents = try prefixes.contents(
                    of: errand.enterprise, readBy: PrefixRegister.upstreamPrincipal, origin)
            else { return .void(reason: "what the enterprise gave is not kept any more") }
            let application = EnterpriseApplication(
                user: user, nodePrefix: nodePrefix ?? (prefix.parent ?? prefix).description, prefix: errand.prefix,
                certificateType: enterprise.certificateType == 1 ? 1 : 3,
                enterprise: try describe(enterprise, ApplicationContents(contents)))
            return .prepared(.application(application))
        } catch {
            throw .local(error.description)
        }
    }

    private func describe(
        _ enterprise: Enterprise, _ contents: ApplicationContents
    ) throws(PrefixRegisterError) -> EPPEnterprise {
        var form = EPPEnterprise()
        form.type = enterprise.nature
        form.certificateCode = enterprise.certificateCode
        form.certificateImage = try image(contents["orgCrtImgRid"])
        form.chineseName = enterprise.name
        form.province = contents["orgAddrProvince"]
        form.city = contents["orgAddrCity"]
        form.county = contents["orgAddrCounty"]
        form.chineseAddress = enterprise.address
        form.website = enterprise.website ?? ""
        form.description = enterprise.description ?? ""
        form.contact = EPPEnterprise.Contact(
            name: contents["contactName"], email: contents["contactEmail"], phone: contents["contactPhone"])
        form.legalPerson = EPPEnterprise.LegalPerson(
            name: contents["legalName"], idType: contents["legalCrtType"], idNumber: contents["legalCrtNo"],
            image: try image(contents["legalCrtFrontImgRid"]))
        return form
    }

    /// The draft takes images alone: of other files nothing is sent.
    private func image(_ number: String) throws(PrefixRegisterError) -> EPPEnterprise.Image? {
        guard let number = UInt64(number), let (file, bytes) = try prefixes.file(number) else { return nil }
        switch file.format {
        case .jpg: return EPPEnterprise.Image(type: "jpeg", bytes: bytes)
        case .png: return EPPEnterprise.Image(type: "png", bytes: bytes)
        case .bmp: return EPPEnterprise.Image(type: "bmp", bytes: bytes)
        case .pdf: return nil
        }
    }

    // MARK: Configurations

    /// The sites of the prefix's record, and the administrators whose keys stand in it or in records here.
    private func identifier(of prefix: Prefix) throws(UpstreamFailure) -> EPPIdentifier {
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            var object = EPPIdentifier(name: prefix.description)
            let values = try snapshot.answeredValues(of: prefix.handle.bytes)
            for value in values where value.type == Array("HS_SITE".utf8) {
                guard let site = try? Site(parsing: value.data.rawSpan) else { continue }
                object.sites.append(EPPIdentifier.Site(site, index: value.index))
            }
            for value in values where value.type == Array("HS_ADMIN".utf8) {
                guard let record = try? AdminRecord(parsing: value.data.rawSpan) else { continue }
                for reference in try Self.members(of: record.administrator, snapshot) {
                    guard let key = try Self.key(at: reference, snapshot) else { continue }
                    let administrator = EPPIdentifier.Administrator(
                        index: reference.index, keyType: key.type, key: key.text,
                        permissions: record.permissions.names)
                    if !object.administrators.contains(administrator) { object.administrators.append(administrator) }
                }
            }
            return object
        } catch {
            throw .local(error.description)
        }
    }

    /// Who a group is; a reference that is none is its own only member.
    private static func members(
        of reference: ValueReference, _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> [ValueReference] {
        let values = try snapshot.answeredValues(of: reference.handle)
        guard let list = values.first(where: { $0.index == reference.index && $0.type == Array("HS_VLIST".utf8) }),
            let members = try? ValueList(parsing: list.data.rawSpan).references
        else { return [reference] }
        return members
    }

    /// A public key as the identifier mapping names kinds; nil where there is none here, or it is of another kind.
    private static func key(
        at reference: ValueReference, _ snapshot: borrowing IndexSnapshot
    ) throws(IndexError) -> (type: String, text: String)? {
        let values = try snapshot.answeredValues(of: reference.handle)
        guard let value = values.first(where: { $0.index == reference.index && $0.type == Array("HS_PUBKEY".utf8) }),
            let record = try? PublicKeyRecord(parsing: value.data.rawSpan)
        else { return nil }
        let type: String
        switch record.key {
        case .rsa: type = "rsa_pub_key"
        case .dsa: type = "dsa_pub_key"
        default: return nil
        }
        return (type, String(decoding: Base64.encode(value.data), as: UTF8.self))
    }
}

extension EPPIdentifier.Site {
    init(_ site: HandleProtocol.Site, index: UInt32) {
        self.init(
            index: index, protocolVersion: "\(site.protocolVersion.major).\(site.protocolVersion.minor)",
            servers: site.servers.map { server in
                EPPIdentifier.Server(
                    id: server.id, addresses: [server.address.description],
                    key: String(decoding: Base64.encode(server.publicKey), as: UTF8.self),
                    interfaces: server.interfaces.flatMap { Self.interfaces(of: $0) })
            })
    }

    /// The mapping has one service an interface, and three transports.
    private static func interfaces(of interface: ServiceInterface) -> [EPPIdentifier.Interface] {
        let transport: String
        switch interface.transport {
        case .tcp: transport = "tcp"
        case .udp: transport = "udp"
        case .http: transport = "http"
        default: return []
        }
        var services: [String] = []
        if interface.service.contains(.query) { services.append("query") }
        if interface.service.contains(.administration) { services.append("admin") }
        return services.map { EPPIdentifier.Interface(service: $0, transport: transport, port: interface.port) }
    }
}

extension AdminPermissions {
    /// As the identifier mapping names them.
    fileprivate var names: [String] {
        let all: [(AdminPermissions, String)] = [
            (.addHandle, "add_handle"), (.deleteHandle, "delete_handle"), (.addDerivedPrefix, "add_na"),
            (.deleteDerivedPrefix, "delete_na"), (.modifyValue, "modify_value"), (.removeValue, "delete_value"),
            (.addValue, "add_value"), (.modifyAdministrator, "modify_admin"),
            (.removeAdministrator, "remove_admin"), (.addAdministrator, "add_admin"),
            (.readValue, "authorized_read"), (.listHandles, "list_handle"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// What an enterprise has filled in, as SNMS clients send it: members that are numbers in one client are texts in
/// another.
struct ApplicationContents {
    private let members: [String: Any]

    init(_ bytes: [UInt8]) {
        let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        members = json?["entBasicInfo"] as? [String: Any] ?? [:]
    }

    /// Empty where it was not given.
    subscript(_ name: String) -> String {
        switch members[name] {
        case let text as String: text
        case let number as NSNumber: number.stringValue
        default: ""
        }
    }
}
