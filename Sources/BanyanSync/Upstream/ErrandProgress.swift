internal import BanyanRegistry

/// The commands that tell one errand, one after the other. Each looks first, and changes only what is not so yet:
/// telling an errand again, whole or from any point on, leaves the upstream as it is.
///
/// Rules:
///  1. Application: is the enterprise known? Known, its data is replaced; else it is created, and gets its number. Then
///     the prefix: checked, and created. "It exists" is as good as created: names under our own prefix are created by
///     nobody else.
///  2. Configuration: is the identifier there? Else it is created. There, it is asked for, and what differs is added
///     and removed; nothing, where nothing differs.
///  3. Suspension and resumption: a clientHold that is there is not added, one that is not there not removed.
///  4. Removal: what is not there has been removed.
///  5. Any other refusal ends the errand.
struct ErrandProgress {
    enum Next: Equatable {
        case send(EPPCommand, transaction: String)
        case finished(Receipt)
    }

    private static let hold = "clientHold"

    private let plan: ErrandPlan
    private let errand: Errand
    private let sequence: UInt64
    private var steps: [Receipt.Step] = []
    private var number: String?
    private var isPending = false
    private var command: EPPCommand

    init(_ plan: ErrandPlan, of errand: Errand, sequence: UInt64) {
        self.plan = plan
        self.errand = errand
        self.sequence = sequence
        command =
            switch plan {
            case .application(let form):
                .checkEnterprise(
                    user: form.user, certificateType: form.certificateType,
                    certificateCode: form.enterprise.certificateCode)
            case .configuration(let object): .checkIdentifiers([object.name])
            case .suspension(let name), .resumption(let name): .identifierInfo(name)
            case .removal(let name): .deleteIdentifier(name)
            }
    }

    var first: Next { .send(command, transaction: transaction) }

    /// The same for the same command of the same errand, whenever it is sent.
    private var transaction: String { errand.transaction + "-" + command.name }

    /// What follows on an answer.
    mutating func answered(_ response: EPPResponse) -> Next {
        steps.append(
            Receipt.Step(
                command: command.name, code: response.code.rawValue, client: response.clientTransaction,
                server: response.serverTransaction))
        if response.code == .pending { isPending = true }
        let next =
            switch plan {
            case .application(let form): application(form, response)
            case .configuration(let object): configuration(object, response)
            case .suspension(let name): hold(name, isOn: true, response)
            case .resumption(let name): hold(name, isOn: false, response)
            case .removal: response.code == .doesNotExist || response.code.isSuccess ? nil : refusal(response)
            } as Result?
        switch next {
        case .command(let next):
            command = next
            return .send(next, transaction: transaction)
        case .refused(let message): return finish(.refused, message)
        case nil: return finish(isPending ? .pending : .done, nil)
        }
    }

    /// What follows on a step; nil: all is done.
    private enum Result {
        case command(EPPCommand)
        case refused(String)
    }

    private func refusal(_ response: EPPResponse) -> Result {
        .refused("\(response.code.rawValue) \(response.message.prefix(255))")
    }

    private func finish(_ outcome: Receipt.Outcome, _ message: String?) -> Next {
        .finished(
            Receipt(
                errand, sequence: sequence, outcome: outcome, steps: steps, message: message,
                nationalNumber: number))
    }

    private mutating func application(_ form: EnterpriseApplication, _ response: EPPResponse) -> Result? {
        switch command {
        case .checkEnterprise:
            guard response.code.isSuccess || response.code == .doesNotExist else { return refusal(response) }
            guard case .enterprise(let known, _)? = response.data, response.code.isSuccess else {
                return .command(.createEnterprise(nodePrefix: form.nodePrefix, form.enterprise))
            }
            number = known
            return .command(.replaceEnterprise(nodePrefix: form.nodePrefix, number: known, form.enterprise))
        case .createEnterprise:
            guard response.code.isSuccess, case .enterprise(let made, _)? = response.data else {
                return refusal(response)
            }
            number = made
            return .command(.checkPrefix(nodePrefix: form.nodePrefix, prefix: form.prefix))
        case .replaceEnterprise:
            guard response.code.isSuccess else { return refusal(response) }
            return .command(.checkPrefix(nodePrefix: form.nodePrefix, prefix: form.prefix))
        case .checkPrefix:
            if response.code == .exists {
                isPending = true
                return nil
            }
            guard response.code.isSuccess else { return refusal(response) }
            return .command(
                .createPrefix(nodePrefix: form.nodePrefix, enterprise: number ?? "", prefix: form.prefix))
        default:
            guard response.code.isSuccess || response.code == .exists else { return refusal(response) }
            if response.code == .exists { isPending = true }
            return nil
        }
    }

    private func configuration(_ object: EPPIdentifier, _ response: EPPResponse) -> Result? {
        switch command {
        case .checkIdentifiers:
            guard response.code.isSuccess, case .identifierChecks(let rows)? = response.data,
                let row = rows.first(where: { $0.name == object.name })
            else { return refusal(response) }
            return .command(row.isFree ? .createIdentifier(object) : .identifierInfo(object.name))
        case .createIdentifier where response.code == .exists: return .command(.identifierInfo(object.name))
        case .identifierInfo:
            guard response.code.isSuccess, case .identifier(let there)? = response.data else {
                return refusal(response)
            }
            let change = Self.change(from: there, to: object)
            return change.isEmpty ? nil : .command(.changeIdentifier(change))
        default: return response.code.isSuccess ? nil : refusal(response)
        }
    }

    private func hold(_ name: String, isOn: Bool, _ response: EPPResponse) -> Result? {
        guard case .identifierInfo = command else { return response.code.isSuccess ? nil : refusal(response) }
        guard response.code.isSuccess, case .identifier(let there)? = response.data else { return refusal(response) }
        guard there.statuses.contains(Self.hold) != isOn else { return nil }
        var change = EPPIdentifierChange(name: name)
        if isOn { change.added.statuses = [Self.hold] } else { change.removed.statuses = [Self.hold] }
        return .command(.changeIdentifier(change))
    }

    static func change(from there: EPPIdentifier, to wanted: EPPIdentifier) -> EPPIdentifierChange {
        var change = EPPIdentifierChange(name: wanted.name)
        change.added.administrators = wanted.administrators.filter { !there.administrators.contains($0) }
        change.removed.administrators = there.administrators.filter { !wanted.administrators.contains($0) }
        change.added.sites = wanted.sites.filter { !there.sites.contains($0) }
        change.removed.sites = there.sites.filter { !wanted.sites.contains($0) }
        return change
    }
}
