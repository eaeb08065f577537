public import BanyanTransport

/// The settings of one node: what the table says, over it the file, over that `--set`. Every value is in its bounds.
public struct Configuration: Equatable, Sendable {
    /// By option name, normalized; what is not here is as usual.
    private var values: [String: SettingValue] = [:]

    /// All as usual.
    public init() {}

    /// Takes what a banyan.toml says. `file` is its name in errors.
    public init(parsing bytes: [UInt8], file: String) throws(ConfigurationError) {
        for entry in try TOMLReader.entries(of: bytes, file: file) {
            try set(entry.key, to: entry.value, at: .file(file, line: entry.line))
        }
    }

    /// Takes one `KEY=VALUE` of the command line.
    public mutating func set(argument: String) throws(ConfigurationError) {
        let place = ConfigurationError.Place.argument("--set " + String(argument.shown.dropFirst().dropLast()))
        guard let equals = argument.firstIndex(of: "=") else {
            throw ConfigurationError(place, "no value", accepted: "KEY=VALUE")
        }
        let key = String(argument[..<equals])
        let text = String(argument[argument.index(after: equals)...])
        try set(key, to: Options.named(key)?.kind.value(ofArgument: text) ?? .text(text), at: place)
    }

    /// Takes addresses given by a verb's own argument in place of the option `listen`.
    public mutating func setListen(_ endpoints: [String]) throws(ConfigurationError) {
        try setEndpoints(endpoints, of: Options.listen, argument: "--listen")
    }

    mutating func setEndpoints(
        _ endpoints: [String], of option: Setting, argument: String
    ) throws(ConfigurationError) {
        for endpoint in endpoints where Endpoint(endpoint) == nil {
            throw ConfigurationError(
                .argument(argument), "found \(endpoint.shown)", accepted: option.kind.accepted)
        }
        try set(option.name, to: .texts(endpoints), at: .argument(argument))
    }

    private mutating func set(
        _ key: String, to value: SettingValue, at place: ConfigurationError.Place
    ) throws(ConfigurationError) {
        guard let option = Options.named(key) else {
            throw ConfigurationError(place, key: key, "no such option", accepted: Self.names(near: key))
        }
        guard let normalized = option.kind.normalized(value) else {
            throw ConfigurationError(place, key: key, "found \(value.shown)", accepted: option.kind.accepted)
        }
        values[key] = normalized
    }

    /// The names of the same section, or of all when there is no such section.
    private static func names(near key: String) -> String {
        let section = key.split(separator: ".").count > 1 ? String(key.split(separator: ".")[0]) : nil
        let siblings = Options.all.filter { $0.section == section && section != nil }
        return (siblings.isEmpty ? Options.all : siblings).map(\.name).joined(separator: ", ")
    }

    private func value(_ option: Setting) -> SettingValue {
        values[option.name] ?? option.kind.normalized(option.usual) ?? option.usual
    }

    /// The options that have another value than in `other`.
    func differences(from other: Configuration) -> [Setting] {
        Options.all.filter { value($0) != other.value($0) }
    }

    func integer(_ option: Setting) -> Int {
        guard case .integer(let number) = value(option) else { return 0 }
        return number
    }

    func boolean(_ option: Setting) -> Bool { value(option) == .boolean(true) }

    func text(_ option: Setting) -> String {
        guard case .text(let text) = value(option) else { return "" }
        return text
    }

    func texts(_ option: Setting) -> [String] {
        guard case .texts(let texts) = value(option) else { return [] }
        return texts
    }
}

extension Configuration {
    public var listen: [Endpoint] { texts(Options.listen).compactMap { Endpoint($0) } }
    /// Threads that answer datagrams; 0 is one a core.
    public var workers: Int { integer(Options.workers) }
    public var exemptNetworks: [Network] { texts(Options.limitsExempt).compactMap { Network($0) } }
    public var datagramCountMax: Int { integer(Options.limitsDatagrams) }
    public var idleTimeout: Duration { .seconds(integer(Options.limitsIdle)) }
    /// 0 is half of the descriptor limit.
    public var connectionCountMax: Int { integer(Options.limitsConnections) }
    public var connectionsPerAddressMax: Int { integer(Options.limitsConnectionsPerAddress) }
    /// Bytes of address space; nil is by the file system's size.
    public var mapByteCount: Int? {
        let count = integer(Options.storeMap)
        return count == 0 ? nil : count
    }
    /// Where the journal is archived; nil: nowhere.
    public var archiveDirectory: String? {
        let path = text(Options.archiveDirectory)
        return path.isEmpty ? nil : path
    }
    /// Whether the rates by UDP are only counted.
    public var isDryRun: Bool { boolean(Options.limitsDryRun) }
    /// Whether sessions may use DES and 3DES.
    public var allowsOldCiphers: Bool { boolean(Options.sessionOldCiphers) }
    public var journalDays: Int { integer(Options.journalKeep) }
    /// Bytes of memory; 0 is no table.
    public var tableByteCount: Int { integer(Options.tableMemory) }
    public var logLevel: String { text(Options.logLevel) }
}
