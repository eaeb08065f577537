public import OpenSSL
import Synchronization

/// The certificate in use, which can be replaced while connections are open: those keep what they began with, new ones
/// take the new one.
public final class CertificateReload: Sendable {
    private struct Contents {
        var configuration: TLSConfiguration
        var context: TLSContext
    }

    private let contents: Mutex<Contents>

    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        contents = Mutex(Contents(configuration: configuration, context: try configuration.context()))
    }

    /// What the next connection is made from.
    public var context: TLSContext { contents.withLock { $0.context } }

    /// Our own certificate.
    public var certificate: Certificate? { context.certificate }

    /// Reads the files again, or those of another configuration. When they are not good, all stays as it is.
    public func reload(_ configuration: TLSConfiguration? = nil) throws(TLSError) {
        let configuration = configuration ?? contents.withLock { $0.configuration }
        take(configuration, try configuration.context())
    }

    /// Takes what `configuration` has made, when several are to be replaced together or not at all.
    public func take(_ configuration: TLSConfiguration, _ context: TLSContext) {
        contents.withLock { $0 = Contents(configuration: configuration, context: context) }
    }
}
