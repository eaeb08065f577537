import BanyanAdmin

extension Configuration {
    /// The ciphers that sessions may have.
    var ciphers: SessionCiphers {
        SessionCiphers(
            prefersSM4: text(Options.sessionCipher) == "sm4", allowsOld: boolean(Options.sessionOldCiphers))
    }
}
