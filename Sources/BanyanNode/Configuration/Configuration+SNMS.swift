import BanyanSNMS

extension Configuration {
    /// Whether the calls of SNMS are answered.
    var hasSNMS: Bool { boolean(Options.snmsEnabled) }

    var snms: SNMSSettings {
        SNMSSettings(base: text(Options.snmsBase), allowsAnonymousQuery: boolean(Options.snmsOpenQuery))
    }

    var allowsDigestLogin: Bool { boolean(Options.snmsDigestLogin) }

    /// Days that an application is kept after its prefix was refused or revoked.
    var personalDataDays: Int { integer(Options.snmsPersonalData) }
}
