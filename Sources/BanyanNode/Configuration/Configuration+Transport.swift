import BanyanTransport
import Glibc

extension Configuration {
    /// The settings as the doors take them.
    var transport: TransportConfiguration {
        var transport = TransportConfiguration(listen: listen)
        transport.secureListen = secureListen
        transport.workerCount = workers == 0 ? Self.coreCount : workers
        transport.tableByteCount = tableByteCount
        transport.exempt = exemptNetworks
        transport.datagramCount = datagramCountMax
        transport.idleTimeout = idleTimeout
        transport.connectionsPerAddress = connectionsPerAddressMax
        if connectionCountMax > 0 { transport.connectionCount = connectionCountMax }
        transport.rates.answersPerSecond = UInt32(clamping: integer(Options.limitsRate))
        transport.rates.answerBurst = UInt32(clamping: integer(Options.limitsBurst))
        transport.rates.bytesPerSecond = UInt32(clamping: integer(Options.limitsBytes))
        transport.rates.byteBurst = UInt32(clamping: integer(Options.limitsBytesBurst))
        transport.rates.errorsPerSecond = UInt32(clamping: integer(Options.limitsErrors))
        transport.rates.isDryRun = boolean(Options.limitsDryRun)
        transport.incompleteByteCount = integer(Options.limitsIncomplete)
        return transport
    }

    /// Cores that this process may use.
    private static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
