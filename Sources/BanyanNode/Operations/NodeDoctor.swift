import BanyanIndex
import BanyanTransport
import HandleProtocol

/// Goes round a node as an auditor would: what is in order, what is to be mended and how. Each point carries the clause
/// of GB/T 22239-2019, level 3 (等级保护), that asks for it, where one does.
public struct NodeDoctor: Sendable {
    public struct Point: Sendable {
        public enum State: String, Sendable { case good, mend }

        public var state: State
        public var name: String
        /// What was found, and what to do about it.
        public var text: String
        /// Clause and title.
        public var clause: String?

        public init(_ state: State, _ name: String, _ text: String, clause: String? = nil) {
            self.state = state
            self.name = name
            self.text = text
            self.clause = clause
        }
    }

    /// Of GB/T 22239-2019.
    private enum Clause {
        static let identification = "8.1.4.1 身份鉴别"
        static let access = "8.1.4.2 访问控制"
        static let audit = "8.1.4.3 安全审计"
        static let intrusion = "8.1.4.4 入侵防范"
        static let integrity = "8.1.4.7 数据完整性"
        static let confidentiality = "8.1.4.8 数据保密性"
        static let backup = "8.1.4.9 数据备份恢复"
    }

    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// All points but those of the index's pages, which a child reads: see `NodeCheck`.
    public func points() throws(NodeError) -> [Point] {
        try directory.requireNode()
        let configuration = try directory.configuration()
        return try files() + settings(configuration) + store() + archive(configuration) + serving(configuration)
    }

    // MARK: Files

    private func files() throws(NodeError) -> [Point] {
        var points: [Point] = []
        let findings = try NodeCheck(directory: directory).files()
        points.append(
            point(
                "settings and keys", findings.problems.isEmpty,
                good: "keys are private, and the server's is that of the site record",
                mend: findings.problems.joined(separator: "; "), Clause.identification))
        for (path, most, name) in [
            (directory.path, 0o750, "data directory"), (directory.keysPath, 0o700, "folder of keys"),
            (directory.configurationPath, 0o640, "configuration"), (directory.indexPath, 0o640, "index"),
        ] where SystemFile.exists(path) {
            let mode = try system { () throws(SystemError) in try SystemFile.mode(of: path) }
            points.append(
                point(
                    name, mode & ~UInt32(most) == 0, good: "\(path) has mode \(octal(mode))",
                    mend: "\(path) has mode \(octal(mode)): chmod \(octal(UInt32(most))) \(path)", Clause.access))
        }
        return points
    }

    // MARK: Settings

    private func settings(_ configuration: Configuration) -> [Point] {
        let wide = configuration.exemptNetworks.filter { $0.bitCount < ($0.address.isV4 ? 16 : 32) }
            .filter { network in !["127.0.0.0/8", "::1/128"].contains("\(network)") }
        return [
            point(
                "limits.exempt", wide.isEmpty, good: "no wide network is exempt from the limits",
                mend: "\(wide.map { "\($0)" }.joined(separator: ", ")): whoever forges an address there turns the node "
                    + "against it; name your own resolvers alone", Clause.intrusion),
            point(
                "limits.dry-run", !configuration.isDryRun, good: "rates by UDP hold",
                mend: "rates by UDP are only counted: set limits.dry-run = false when the values are found",
                Clause.intrusion),
            point(
                "limits.datagrams", configuration.datagramCountMax <= 4,
                good: "an unproven address gets \(configuration.datagramCountMax) datagrams of an answer at most",
                mend: "\(configuration.datagramCountMax) datagrams to an unproven address: set limits.datagrams = 4",
                Clause.intrusion),
            point(
                "session.old-ciphers", !configuration.allowsOldCiphers, good: "DES and 3DES are refused",
                mend: "sessions may use DES: set session.old-ciphers = false", Clause.confidentiality),
            point(
                "journal.keep", configuration.journalDays >= 180,
                good: "changes are kept for \(configuration.journalDays) days (网络安全法 第二十一条: six months)",
                mend: "set journal.keep to 180d at least", Clause.audit),
        ]
    }

    // MARK: Store

    private func store() throws(NodeError) -> [Point] {
        let index = try directory.openIndex()
        do throws(IndexError) {
            return [
                point(
                    "file system", try index.isOnLocalFileSystem(), good: "the index is on a local disk",
                    mend: "the index is on a network or FUSE file system: move it to a local disk", Clause.integrity),
                point(
                    "room", try !index.isShortOfRoom(), good: "the disk has room",
                    mend: "changes are refused: less than 5 % or 2 GiB is free", Clause.backup),
            ]
        } catch {
            throw .index(error)
        }
    }

    private func archive(_ configuration: Configuration) throws(NodeError) -> [Point] {
        guard let path = configuration.archiveDirectory else {
            return [
                point(
                    "archive", false, good: "",
                    mend: "the journal is not archived: between two backups a lost disk loses changes; name a folder "
                        + "on another disk in archive.directory", Clause.backup)
            ]
        }
        guard SystemFile.exists(path) else {
            return [point("archive", false, good: "", mend: "\(path) is not there", Clause.backup)]
        }
        let (one, other) = try system { () throws(SystemError) in
            (try SystemFile.device(of: path), try SystemFile.device(of: directory.path))
        }
        return [
            point(
                "archive", one != other, good: "the journal is archived on another disk",
                mend: "\(path) is on the disk of the index: what loses one loses the other", Clause.backup)
        ]
    }

    // MARK: The node that serves

    private func serving(_ configuration: Configuration) -> [Point] {
        guard let identifier = servingProcess else { return [] }
        let limits = (try? SystemFile.read("/proc/\(identifier)/limits")).map { String(decoding: $0, as: UTF8.self) }
        let status = (try? SystemFile.read("/proc/\(identifier)/status")).map { String(decoding: $0, as: UTF8.self) }
        var points: [Point] = []
        if let user = status.flatMap({ Self.number(in: $0, after: "Uid:") }) {
            points.append(
                point(
                    "user", user != 0, good: "the node has a user of its own",
                    mend: "the node runs as root: use the unit in deploy/systemd, which does not", Clause.access))
        }
        if let count = limits.flatMap({ Self.number(in: $0, after: "Max open files") }) {
            points.append(
                point(
                    "descriptors", count >= 8_192, good: "\(count) descriptors",
                    mend: "\(count) descriptors, half of them for connections: LimitNOFILE=65536", Clause.intrusion))
        }
        if let byteCount = limits.flatMap({ Self.number(in: $0, after: "Max core file size") }) {
            points.append(
                point(
                    "core files", byteCount == 0, good: "a crash writes no memory to disk",
                    mend: "a crash may write keys to disk: LimitCORE=0", Clause.confidentiality))
        }
        return points
    }

    /// The process that serves the directory, as it says itself.
    private var servingProcess: Int32? {
        guard (try? directory.requireFree()) == nil,
            let bytes = try? SystemFile.read(directory.servingMark.path, byteCountMax: 64)
        else { return nil }
        return Int32(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// The first number of the line that begins so; `unlimited` is the largest.
    private static func number(in text: String, after start: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(start) }),
            let word = line.dropFirst(start.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first
        else { return nil }
        return word == "unlimited" ? .max : Int(word)
    }

    private func point(_ name: String, _ isGood: Bool, good: String, mend: String, _ clause: String) -> Point {
        Point(isGood ? .good : .mend, name, isGood ? good : mend, clause: clause)
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}
