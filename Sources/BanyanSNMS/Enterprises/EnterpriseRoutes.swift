import BanyanHTTP
import BanyanRegistry
import HandleProtocol

/// Enterprises: applications, the list, one with all that it has given.
struct EnterpriseRoutes: Sendable {
    /// A form with its images as data URLs, as early clients send them.
    private static let formByteCountMax = 8 << 20

    let services: SNMSServices

    var routes: [SNMSRoute] {
        let most = Self.formByteCountMax
        return [
            SNMSRoute("POST", "/snms/api/v3/ent/apply", bodyByteCountMax: most) { try apply($0) },
            SNMSRoute("POST", "/snms/api/v3/ent/upgrade-apply", bodyByteCountMax: most) { try apply($0) },
            SNMSRoute("GET", "/snms/api/v3/ent/page") { try page($0) },
            SNMSRoute("GET", "/snms/api/v3/ent/detail") { try detail($0) },
        ]
    }

    /// With `sysUser` an operator makes the account as well; with `username` it is there, and its owner may apply
    /// himself.
    private func apply(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let application = try ApplicationForm(request.json()).application()
        switch application.applicant {
        case .newAccount: try request.require(.account, under: nil)
        case .account(let name):
            guard request.principal?.name == name, request.principal?.may(.prefix) ?? false else {
                try request.require(.account, under: nil)
                break
            }
        }
        do throws(PrefixRegisterError) {
            _ = try services.prefixes.apply(application, by: request.origin)
        } catch {
            throw SNMSFailure(error)
        }
        return .boolean(true)
    }

    private func page(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        let page = try request.page()
        let period = try Period(request)
        let name = request.parameter("orgName")
        let rows: [Enterprise]
        do throws(PrefixRegisterError) { rows = try services.prefixes.enterprises() } catch {
            throw SNMSFailure(error)
        }
        let found = rows.filter { enterprise in
            request.sees(enterprise) && period.contains(enterprise.created)
                && (name.map { enterprise.name.contains($0) } ?? true)
        }
        return Page.value(found.reversed().map(\.row), number: page.number, size: page.size)
    }

    private func detail(_ request: SNMSRequest) throws(SNMSFailure) -> JSONValue {
        guard let number = request.parameter("id").flatMap({ UInt64($0) }) else {
            throw .refused(Messages.missing("id"))
        }
        do throws(PrefixRegisterError) {
            guard let enterprise = try services.prefixes.enterprise(number), let principal = request.principal,
                enterprise.owner == principal.name || principal.role == .operator && principal.may(.prefix)
            else { throw PrefixRegisterError.noSuchEnterprise }
            let contents = try services.prefixes.contents(of: number, readBy: principal.name, request.origin)
            guard let contents, let json = try? JSONValue(parsing: contents) else { return enterprise.row }
            return json
        } catch {
            throw SNMSFailure(error)
        }
    }
}

/// The days between which something was made, by the clock of China, both included.
struct Period {
    private let first: String?
    private let last: String?

    init(_ request: SNMSRequest) throws(SNMSFailure) {
        first = request.parameter("startDate").map { String($0.prefix(10)) }
        last = request.parameter("endDate").map { String($0.prefix(10)) }
    }

    func contains(_ time: UInt64) -> Bool {
        let day = CivilTime(inChinaAt: time).date
        return (first.map { $0 <= day } ?? true) && (last.map { day <= $0 } ?? true)
    }
}

extension SNMSRequest {
    /// Whether the caller may know of the enterprise: its own account, or who reads everything.
    func sees(_ enterprise: Enterprise) -> Bool {
        guard let principal else { return false }
        return principal.name == enterprise.owner || principal.role != .enterprise && principal.prefixes.isEmpty
    }
}

extension Enterprise {
    var row: JSONValue {
        .object([
            ("id", .integer(number)), ("createDate", .string(CivilTime(inChinaAt: created).dateAndTime)),
            ("updateDate", .string(CivilTime(inChinaAt: updated).dateAndTime)), ("orgName", .string(name)),
            ("orgNature", .string(nature)), ("orgCrtType", .integer(certificateType)),
            ("orgCrtCode", .string(certificateCode)), ("orgDesc", .text(description)), ("website", .text(website)),
            ("entGeneralId", .integer(number)), ("openIds", .array([])),
        ])
    }
}
