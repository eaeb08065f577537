import BanyanIndex
public import HandleProtocol
public import OpenSSL

/// An application for a prefix, as a door has read it.
public struct PrefixApplication: Sendable {
    /// Who signs in for the enterprise from now on.
    public enum Applicant: Sendable {
        case newAccount(name: String, digest: SecretBytes, contact: AccountContact)
        case account(String)
    }

    public var applicant: Applicant
    public var enterprise: Enterprise
    public var prefix: Prefix
    /// The whole application, as JSON: kept sealed, since most of it is about persons.
    public var contents: [UInt8]
    /// Numbers of the files that belong to it.
    public var files: [UInt64]

    public init(
        applicant: Applicant, enterprise: Enterprise, prefix: Prefix, contents: [UInt8], files: [UInt64]
    ) {
        self.applicant = applicant
        self.enterprise = enterprise
        self.prefix = prefix
        self.contents = contents
        self.files = files
    }
}

extension PrefixRegister {
    /// Takes an application: account, enterprise, prefix and files in one commit, or nothing.
    public func apply(
        _ application: PrefixApplication, by origin: ChangeOrigin
    ) throws(PrefixRegisterError) -> Enterprise {
        let name = application.prefix.description
        var enterprise = application.enterprise
        var changes: [Change] = []
        let owner: String
        switch application.applicant {
        case .newAccount(let name, let digest, let contact):
            let account = Account(
                name: name, role: .enterprise, created: enterprise.created, enterprise: enterprise.number)
            do throws(AccountError) {
                changes += try accounts.additions(account, digest: digest, contact: contact)
            } catch {
                throw .account(error)
            }
            owner = name
        case .account(let name):
            guard let stored = try account(name) else { throw .noSuchAccount }
            var account = stored.value
            account.enterprise = enterprise.number
            changes += account.update(of: stored.sequence, secret: stored.secret)
            owner = name
        }
        let ownCount = changes.count
        enterprise.owner = owner
        let contract = PrefixContract(
            prefix: name, number: DocumentNumber.make(), enterprise: enterprise.number, owner: owner,
            at: enterprise.created)
        changes += try claims(of: enterprise) + applying(contract) + attaching(application.files, to: enterprise)
        let file = try seal(application.contents)
        enterprise.file = file
        changes += enterprise.creation()
        do throws(PrefixRegisterError) {
            try commit(changes, by: origin) { kind, ordinal in
                switch kind {
                case .account: .account(.nameTaken)
                case .prefix: .prefixTaken
                // The account's own claims come in the order of its additions: mail, then telephone.
                case .claim where ordinal < ownCount: .account(ordinal < 4 ? .emailTaken : .mobileTaken)
                case .claim: .certificateTaken
                case .file: .fileTaken
                default: .changed
                }
            }
        } catch {
            try? files.remove(file)
            throw error
        }
        return enterprise
    }

    /// A prefix that was refused or revoked may be applied for again; one that is homed here without an application
    /// belongs to the node.
    private func applying(_ contract: PrefixContract) throws(PrefixRegisterError) -> [Change] {
        let before = try read { (snapshot) throws(IndexError) in
            let name = Array(contract.prefix.utf8)
            let isHomed = snapshot.prefix(name.rawSpan) != nil
            return (try snapshot.stored(PrefixContract.self, contract.prefix), isHomed)
        }
        guard let stored = before.0 else {
            guard !before.1 else { throw .prefixTaken }
            return contract.creation()
        }
        guard stored.value.state == .refused || stored.value.state == .revoked else { throw .prefixTaken }
        return contract.update(of: stored.sequence)
    }

    /// The certificate belongs to one enterprise.
    private func claims(of enterprise: Enterprise) -> [Change] {
        let text = "certificate \(enterprise.certificateType) \(enterprise.certificateCode)"
        let claim = dataKey.claim(text)
        let taken = try? read { (snapshot) throws(IndexError) in
            try snapshot.stored(Claim.self, claim.documentName)
        }
        // The same enterprise, by the same account, may apply for another prefix.
        if let taken, taken.value.owner == enterprise.owner { return [] }
        return claim.taking(for: enterprise.owner)
    }

    // MARK: What is about persons

    /// The whole application. Who reads it, and when, is stored with the enterprise and in the journal.
    public func contents(
        of number: UInt64, readBy reader: String, _ origin: ChangeOrigin
    ) throws(PrefixRegisterError) -> [UInt8]? {
        let stored = try read { (snapshot) throws(IndexError) in
            try snapshot.stored(Enterprise.self, Enterprise.documentName(number))
        }
        guard let stored else { throw .noSuchEnterprise }
        guard let file = stored.value.file else { return nil }
        var enterprise = stored.value
        enterprise.lastReading = Enterprise.Reading(reader: reader, time: ChangeOrigin.now)
        // Read only when it is known who does.
        try commit(enterprise.update(of: stored.sequence), by: origin)
        return try open(file)
    }

    public func enterprises() throws(PrefixRegisterError) -> [Enterprise] {
        try read { (snapshot) throws(IndexError) in try snapshot.allStored(Enterprise.self).map(\.value) }
    }

    public func enterprise(_ number: UInt64) throws(PrefixRegisterError) -> Enterprise? {
        try read { (snapshot) throws(IndexError) in
            try snapshot.stored(Enterprise.self, Enterprise.documentName(number))?.value
        }
    }

    /// Removes what is about persons of enterprises whose prefixes have all been refused or revoked since before
    /// `time`, seconds since 1970; how many.
    public func removePersonalData(endedBefore time: UInt64, by origin: ChangeOrigin) throws(PrefixRegisterError) -> Int
    {
        let contracts = Dictionary(grouping: try contracts(), by: \.enterprise)
        var count = 0
        for enterprise in try enterprises() where enterprise.file != nil {
            let prefixes = contracts[enterprise.number] ?? []
            let isOver = prefixes.allSatisfy { contract in
                (contract.state == .refused || contract.state == .revoked) && contract.updated < time
            }
            guard isOver, enterprise.updated < time else { continue }
            try removeFiles(of: enterprise.number, by: origin)
            count += 1
        }
        return count
    }

    private func removeFiles(of number: UInt64, by origin: ChangeOrigin) throws(PrefixRegisterError) {
        let found = try read { (snapshot) throws(IndexError) in
            (
                try snapshot.stored(Enterprise.self, Enterprise.documentName(number)),
                try snapshot.allStored(UploadedFile.self).filter { $0.value.enterprise == number }
            )
        }
        guard let stored = found.0 else { return }
        do {
            for file in found.1 { try files.remove(file.value.file) }
            if let file = stored.value.file { try files.remove(file) }
        } catch {
            throw .files
        }
        var enterprise = stored.value
        enterprise.file = nil
        let removals = found.1.flatMap { $0.value.removal(of: $0.sequence) }
        try commit(enterprise.update(of: stored.sequence) + removals, by: origin)
    }
}
