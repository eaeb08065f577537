import BanyanIndex
import BanyanRegistry
import HandleProtocol
import OpenSSL
import TLSChannel

/// Looks a node over: settings, keys, index, and the records by which clients find it. Reading a damaged index can end
/// the process (LMDB asserts), so that part runs in a child, whose end is then one more finding.
public struct NodeCheck: Sendable {
    /// Public values of a prefix's record that need more do not reach clients that ask by UDP from an address that has
    /// proven nothing: four datagrams.
    static let answerByteCountMax = Limits.unprovenDatagramCount * Limits.fragmentByteCount

    public struct Findings: Sendable {
        /// What stops the node from serving, or from being right.
        public var problems: [String] = []
        /// What clients may feel.
        public var warnings: [String] = []

        public init() {}
    }

    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// Settings, keys and site record: what needs no child.
    public func files() throws(NodeError) -> Findings {
        var findings = Findings()
        try directory.requireNode()
        do throws(NodeError) {
            checkCertificate(try directory.configuration(), &findings)
        } catch {
            findings.problems.append("\(error)")
        }
        checkKeyModes(&findings)
        do throws(NodeError) {
            try directory.checkKeys()
            let key = try PrivateKeyStore.key(inFile: directory.serverKeyPath)
            let value = try PrivateKeyStore.publicValue(of: key, path: directory.serverKeyPath)
            let (site, position) = try SiteAdministration(directory: directory).show()
            if !PrivateKeyStore.areSame(site.servers[position].publicKey, value) {
                findings.problems.append("\(directory.serverKeyPath) is not the key of the site record")
            }
        } catch {
            findings.problems.append("\(error)")
        }
        return findings
    }

    /// The certificate for TLS: a problem when it cannot be used, a warning when its end is near, or when no door needs
    /// it yet.
    private func checkCertificate(_ configuration: Configuration, _ findings: inout Findings) {
        let files = directory.certificateFiles(configuration)
        let isUsed = !configuration.secureListen.isEmpty || !configuration.httpsListen.isEmpty
        guard isUsed || SystemFile.exists(files.certificate) else { return }
        var found: [String] = []
        do throws(NodeError) {
            let security = try directory.handleSecurity(configuration)
            let certificate: Certificate?
            do throws(TLSError) { certificate = try security.context().certificate } catch { throw .tls(error) }
            guard let certificate else { return }
            let days = NodeCertificates.daysLeft(until: certificate.notAfter)
            if days < 0 {
                found.append("\(files.certificate) has expired; put a new one in its place, then: kill -HUP")
            } else if days < NodeCertificates.warningDays {
                findings.warnings.append("\(files.certificate) expires in \(days) days; renew it, then: kill -HUP")
            }
        } catch {
            found.append("\(error)")
        }
        if isUsed { findings.problems += found } else { findings.warnings += found }
    }

    /// Keys that the owner's group reads: allowed, and seldom meant.
    private func checkKeyModes(_ findings: inout Findings) {
        guard let names = try? SystemFile.names(in: directory.keysPath) else { return }
        for path in names.map({ directory.keysPath + "/" + $0 }) {
            guard let mode = try? SystemFile.mode(of: path), mode & 0o077 != 0 else { continue }
            findings.warnings.append("\(path) has mode \(String(mode, radix: 8)); chmod 600 it")
        }
    }

    /// The prefixes' records, and with `isFull` every page: checksums, journal, digests. Only for a child process.
    public func index(isFull: Bool) throws(NodeError) -> Findings {
        let index = try directory.openIndex()
        var findings = Findings()
        do throws(IndexError) {
            if try !index.isOnLocalFileSystem() {
                findings.warnings.append(
                    "\(directory.path) is on a network or FUSE file system: its locks do not keep two nodes apart, and "
                        + "a crash can damage the index; move it to a local disk")
            }
            try checkPrefixRecords(index, &findings)
            guard isFull else { return findings }
            let report = try Verification.verify(index)
            findings.problems += report.problems.map(Self.text)
            if report.problemCount > report.problems.count {
                findings.problems.append("\(report.problemCount) problems in all")
            }
        } catch {
            findings.problems.append("\(error)")
        }
        return findings
    }

    /// Every page of the index, and the records' checksums. Only for a child process.
    public func trees() throws(NodeError) -> Findings {
        let index = try directory.openIndex()
        var findings = Findings()
        do throws(IndexError) {
            let damagedCount = try Verification.walkTrees(of: index)
            if damagedCount > 0 {
                findings.warnings.append("\(damagedCount) records are damaged and answered with an error")
            }
        } catch {
            findings.problems.append("\(error)")
        }
        return findings
    }

    private func checkPrefixRecords(_ index: HandleIndex, _ findings: inout Findings) throws(IndexError) {
        let snapshot = try index.snapshot()
        for listing in try snapshot.prefixes() {
            let handle = Array("0.NA/".utf8) + listing.name
            let values = try snapshot.values(of: handle).filter { $0.permissions.contains(.publicRead) }
            let name = String(decoding: handle, as: UTF8.self)
            guard values.contains(where: { $0.type == ValueTypeName.site }) else {
                findings.warnings.append("\(name) has no public HS_SITE value: clients do not find this node by it")
                continue
            }
            // Header, handle, count, values, length of the credential.
            let byteCount = MessageHeader.byteCount + 4 + handle.count + 4 + values.wireBytes.count + 4
            guard byteCount > Self.answerByteCountMax else { continue }
            findings.warnings.append(
                "\(name): its public values need \(byteCount) bytes, more than the \(Self.answerByteCountMax) that an "
                    + "unknown address gets by UDP; clients come back by TCP")
        }
    }

    private static func text(_ problem: VerificationReport.Problem) -> String {
        func name(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(200), as: UTF8.self) }
        return switch problem {
        case .damagedRecord(let key): "record \(name(key)) is damaged"
        case .wrongKey(let key): "record \(name(key)) is under a wrong key"
        case .malformedValues(let key): "record \(name(key)) has malformed values"
        case .recordNotInJournal(let key): "record \(name(key)) is not what the journal says"
        case .damagedPrefix(let prefix): "the entry of prefix \(name(prefix)) is damaged"
        case .wrongPrefixDigest(let prefix): "the digest of prefix \(name(prefix)) is not that of its records"
        case .journalGap(let sequence): "the journal lacks entries before \(sequence)"
        case .damagedJournal(let sequence): "journal entry \(sequence) is damaged"
        case .brokenChain(let sequence): "the journal's chain breaks at entry \(sequence)"
        case .wrongRecordBefore(let sequence): "journal entry \(sequence) does not fit the one before it"
        }
    }
}
