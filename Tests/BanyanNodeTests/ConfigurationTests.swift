import BanyanNode
import BanyanTransport
import Testing

@Suite("Configuration (banyan.toml and --set)")
struct ConfigurationTests {
    private func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration(parsing: Array(text.utf8), file: "banyan.toml")
    }

    @Test("an empty file leaves everything as usual")
    func usual() throws {
        let configuration = try parse("")
        #expect(configuration == Configuration())
        #expect(configuration.listen.map(\.description) == ["0.0.0.0:2641"])
        #expect(configuration.idleTimeout == .seconds(30))
        #expect(configuration.datagramCountMax == 4)
        #expect(configuration.exemptNetworks.map(\.description) == ["127.0.0.0/8", "::1/128"])
        #expect(configuration.journalDays == 400)
        #expect(configuration.mapByteCount == nil)
    }

    @Test("sections, comments, strings, numbers, and arrays over several lines are read")
    func forms() throws {
        let configuration = try parse(
            """
            # node
            listen = [ # two
              "192.0.2.1:2641", '[2001:db8::1]:0',
            ]
            workers = 1_0
            [limits]
            idle = "5m"   # ends here
            exempt = []
            [store]
            map = "1GiB"\r
            [log]
            level = "\\u0064ebug"
            """)
        #expect(configuration.listen.map(\.description) == ["192.0.2.1:2641", "[2001:db8::1]:0"])
        #expect(configuration.workers == 10)
        #expect(configuration.idleTimeout == .seconds(300))
        #expect(configuration.exemptNetworks.isEmpty)
        #expect(configuration.mapByteCount == 1 << 30)
        #expect(configuration.logLevel == "debug")
    }

    @Test(
        "what is wrong is named with file, line, key, what was found and what would be accepted",
        arguments: [
            ("workers = \"two\"", "banyan.toml:1: workers: found \"two\"; accepted: a whole number from 0 to 256"),
            ("\n\nworkers = 300", "banyan.toml:3: workers: found 300; accepted: a whole number from 0 to 256"),
            ("wrokers = 1", "banyan.toml:1: wrokers: no such option"),
            ("[limits]\nidel = 1", "banyan.toml:2: limits.idel: no such option; accepted: limits.exempt, limits"),
            ("[limits]\nidle = \"5w\"", "banyan.toml:2: limits.idle: found \"5w\"; accepted: seconds from 1 to 86400"),
            ("[journal]\nkeep = 179", "banyan.toml:2: journal.keep: found 179; accepted: days from 180"),
            ("[journal]\nkeep = \"179h\"", "banyan.toml:2: journal.keep: found \"179h\"; accepted: days from 180"),
            ("listen = [\"localhost:1\"]", "banyan.toml:1: listen: found [\"localhost:1\"]; accepted: addresses"),
            ("listen = [1]", "banyan.toml:1: listen: found \"1]\" in the array; accepted: strings"),
            ("workers = 1\nworkers = 2", "banyan.toml:2: workers: is there twice"),
            ("[limits]\n[limits]", "banyan.toml:2: section [limits] is there twice"),
            ("workers", "banyan.toml:1: workers: no = after the key"),
            ("workers = 1 2", "banyan.toml:1: found \"2\" where the line should end"),
            ("workers = 1.5", "banyan.toml:1: workers: found \"1.5\"; accepted: a whole number"),
            ("[[limits]]", "banyan.toml:1: arrays of tables are not used here; accepted: [section]"),
            ("[log]\nlevel = \"info\nx = 1", "banyan.toml:2: log.level: the string does not end in its line"),
            ("[log]\nlevel = \"\"\"info\"\"\"", "banyan.toml:2: log.level: strings of several lines"),
            ("[log]\nlevel = \"\\q\"", "banyan.toml:2: log.level: unknown escape"),
            ("[limits]\nexempt = [\"10.0.0.0/33\"]", "banyan.toml:2: limits.exempt: found [\"10.0.0.0/33\"]"),
        ])
    func errors(text: String, message: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        #expect(try #require(error).description.hasPrefix(message))
    }

    @Test("bytes that are no text are refused, and no byte that is cut off traps")
    func noText() throws {
        #expect(throws: ConfigurationError.self) {
            try Configuration(parsing: [0x77, 0xFF, 0x3D, 0x31], file: "banyan.toml")
        }
        let text = Array("[limits]\nidle = \"\\u0035m\" # x\nexempt = ['::1', \"\\\\\"]\r\n".utf8)
        for count in 0...text.count { _ = try? Configuration(parsing: Array(text[..<count]), file: "banyan.toml") }
    }

    @Test("--set takes values without quotes, and lists with commas")
    func arguments() throws {
        var configuration = Configuration()
        try configuration.set(argument: "limits.idle=2")
        try configuration.set(argument: "limits.exempt=10.0.0.0/8,2001:db8::/32")
        try configuration.set(argument: "store.map=64MiB")
        try configuration.set(argument: "log.level=error")
        #expect(configuration.idleTimeout == .seconds(2))
        #expect(configuration.exemptNetworks.map(\.description) == ["10.0.0.0/8", "2001:db8::/32"])
        #expect(configuration.mapByteCount == 64 << 20)
        #expect(configuration.logLevel == "error")
        try configuration.set(argument: "limits.exempt=")
        #expect(configuration.exemptNetworks.isEmpty)
    }

    @Test(
        "a wrong --set names itself",
        arguments: [
            ("limits.idle", "--set limits.idle: no value; accepted: KEY=VALUE"),
            ("limits.idle=0", "--set limits.idle=0: limits.idle: found 0; accepted: seconds from 1 to 86400"),
            ("idle=1", "--set idle=1: idle: no such option; accepted: listen, workers"),
        ])
    func wrongArguments(argument: String, message: String) throws {
        var configuration = Configuration()
        let error = #expect(throws: ConfigurationError.self) { try configuration.set(argument: argument) }
        #expect(try #require(error).description.hasPrefix(message))
        #expect(configuration == Configuration())
    }

    @Test("the file that is written is read again, as usual or as set")
    func written() throws {
        let text = ConfigurationFile.text()
        #expect(try parse(text) == Configuration())
        let active = ConfigurationFile.text(setting: ["listen": .texts(["192.0.2.1:1"]), "limits.idle": .integer(7)])
        let configuration = try parse(active)
        #expect(configuration.listen.map(\.description) == ["192.0.2.1:1"])
        #expect(configuration.idleTimeout == .seconds(7))
    }

    @Test("every option's usual value lies in its bounds when the file sets it", arguments: Options.all.map(\.name))
    func usualValues(name: String) throws {
        let option = try #require(Options.named(name))
        let configuration = try parse(ConfigurationFile.text(setting: [name: option.usual]))
        #expect(ConfigurationFile.manual(inChinese: false).contains(option.english))
        #expect(ConfigurationFile.manual(inChinese: true).contains(option.chinese))
        _ = configuration
    }
}
