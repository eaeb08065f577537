import BanyanAdmin
import BanyanTransport

extension Configuration {
    /// Servers that are asked for what lends authority and is not here.
    var authorityServers: [Endpoint] { texts(Options.authorityRemote).compactMap { Endpoint($0) } }

    /// The ciphers that sessions may have.
    var ciphers: SessionCiphers {
        SessionCiphers(
            prefersSM4: text(Options.sessionCipher) == "sm4", allowsOld: boolean(Options.sessionOldCiphers))
    }
}
