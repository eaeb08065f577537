import BanyanHTTP
import BanyanRegistry
import HandleProtocol
import OpenSSL

/// An application for a prefix as clients fill it in: who signs in, `entBasicInfo`, `entRegisterManageInfo`, and where
/// it is given `entHostingAndIdentifyServeInfo`. Every member that must be there is looked at, and named when it is
/// wrong.
struct ApplicationForm {
    private let body: JSONValue

    init(_ body: JSONValue) { self.body = body }

    func application() throws(SNMSFailure) -> PrefixApplication {
        let basic = body["entBasicInfo"]
        if basic.isNull { throw .refused(Messages.missing("entBasicInfo")) }
        try checkBasic(basic)
        try Self.checkManagement(body["entRegisterManageInfo"])
        try Self.checkServices(body["entHostingAndIdentifyServeInfo"])
        guard let prefix = Prefix(try basic.text("entPrefix", max: 64)) else {
            throw .refused(Messages.invalid("entPrefix"))
        }
        let applicant = try applicant()
        let owner = if case .account(let name) = applicant { name } else { "" }
        let enterprise = try Enterprise(
            name: basic.text("orgName", max: 255), nature: basic.text("orgNature", max: 1),
            certificateType: basic.integer("orgCrtType", in: 1...2),
            certificateCode: basic.text("orgCrtCode", max: 32),
            description: basic.optionalText("orgDesc", max: 1_024), website: basic.optionalText("website", max: 255),
            address: basic.text("orgAddr", max: 255), industry: basic.text("industryCategory", max: 8), owner: owner)
        let contents = JSONValue.object(
            ["entBasicInfo", "entRegisterManageInfo", "entHostingAndIdentifyServeInfo"].map { ($0, body[$0]) })
        return PrefixApplication(
            applicant: applicant, enterprise: enterprise, prefix: prefix, contents: contents.bytes,
            files: try Self.files(in: contents))
    }

    private func applicant() throws(SNMSFailure) -> PrefixApplication.Applicant {
        let user = body["sysUser"]
        guard !user.isNull else { return .account(try body.text("username", max: 50)) }
        let name = try user.text("userName", max: 50)
        guard let digest = PasswordDigest.digest(try user.text("password", max: 64)) else {
            throw .refused(Messages.invalid("password"))
        }
        let contact = try AccountContact(
            email: user.text("email", max: 50), mobile: user.text("mobile", max: 50),
            remarks: user.optionalText("remarks", max: 1_024))
        return .newAccount(name: name, digest: digest, contact: contact)
    }

    private func checkBasic(_ basic: JSONValue) throws(SNMSFailure) {
        let required = [
            ("orgAddrProvince", 8), ("orgAddrCity", 8), ("industryCategory", 8), ("industrySpecific", 8),
            ("contactName", 128), ("contactCrtNo", 32), ("contactEmail", 128), ("contactPhone", 16),
            ("legalName", 128), ("legalCrtNo", 32), ("orgCrtImgRid", 20), ("legalCrtBackImgRid", 20),
            ("legalCrtFrontImgRid", 20),
        ]
        for (name, length) in required { _ = try basic.text(name, max: length) }
        for (name, length) in [("orgAddrCounty", 8), ("regAuthority", 255), ("legalEmail", 128), ("legalPhone", 16)] {
            _ = try basic.optionalText(name, max: length)
        }
        _ = try basic.integer("orgNature", in: 1...5)
        _ = try basic.integer("contactCrtType", in: 1...3)
        _ = try basic.integer("legalCrtType", in: 1...3)
        for name in ["establishDate", "periodValidity"] {
            guard let date = try basic.optionalText(name, max: 10) else { continue }
            guard date.utf8.count == 10, date.split(separator: "-").map(\.count) == [4, 2, 2] else {
                throw .refused(Messages.invalid(name))
            }
        }
    }

    /// Systems 1 to 4 must all be there; one on premises needs its address, one in a cloud its provider.
    private static func checkManagement(_ management: JSONValue) throws(SNMSFailure) {
        if management.isNull { throw .refused(Messages.missing("entRegisterManageInfo")) }
        guard let systems = management["entInfoSyses"].array else { throw .refused(Messages.missing("entInfoSyses")) }
        guard systems.count <= 100 else { throw .refused(Messages.tooLong("entInfoSyses", 100)) }
        var kinds: Set<Int> = []
        for system in systems {
            kinds.insert(try system.integer("sysType", in: 1...5))
            if try system.integer("deployMode", in: 1...2) == 1 {
                for name in ["deployAddrProvince", "deployAddrCity", "deployAddrCounty"] {
                    _ = try system.text(name, max: 8)
                }
                _ = try system.text("deployAddr", max: 255)
            } else {
                _ = try system.text("name", max: 255)
            }
        }
        guard kinds.isSuperset(of: 1...4) else { throw .refused(Messages.missing("entInfoSyses.sysType")) }
        _ = try management.integer("servSysBuildType", in: 1...2)
        _ = try management.integer("servSysOperType", in: 1...2)
    }

    private static func checkServices(_ services: JSONValue) throws(SNMSFailure) {
        guard !services.isNull else { return }
        for name in ["extWebName", "extDomain", "extIpAddr", "dataHostingOrg", "servHostingOrg"] {
            _ = try services.optionalText(name, max: 1_024)
        }
        for licence in services["entInfoLicenses"].array ?? [] {
            _ = try licence.text("licenceNo", max: 64)
            _ = try licence.integer("licenceType", in: 1...4)
        }
    }

    /// The numbers of uploaded files: whatever member ends in `Rid`.
    private static func files(in json: JSONValue) throws(SNMSFailure) -> [UInt64] {
        var numbers: [UInt64] = []
        switch json {
        case .object(let members):
            for member in members {
                guard member.name.hasSuffix("Rid"), let text = member.value.looseText, !text.isEmpty else {
                    numbers += try files(in: member.value)
                    continue
                }
                guard let number = UInt64(text) else { throw .refused(Messages.invalid(member.name)) }
                numbers.append(number)
            }
        case .array(let elements): for element in elements { numbers += try files(in: element) }
        default: break
        }
        return numbers
    }
}
