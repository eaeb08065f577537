import Logging
import OpenSSL
import TLSChannel

/// The certificates that the node's doors use; nil for doors that are closed.
struct NodeCertificates: Sendable {
    /// Days before its end from which a certificate is told of.
    static let warningDays: Int64 = 30

    let handle: CertificateReload?
    let https: CertificateReload?
    private let directory: NodeDirectory

    init(_ directory: NodeDirectory, _ configuration: Configuration) throws(NodeError) {
        func load(_ security: TLSConfiguration) throws(NodeError) -> CertificateReload {
            do throws(TLSError) { return try CertificateReload(security) } catch { throw .tls(error) }
        }
        self.directory = directory
        handle = try configuration.secureListen.isEmpty ? nil : load(directory.handleSecurity(configuration))
        https = try configuration.httpsListen.isEmpty ? nil : load(directory.httpsSecurity(configuration))
    }

    /// Reads the files that `configuration` names, for all doors; what is returned takes them. When one is not good,
    /// nothing has changed.
    func prepare(_ configuration: Configuration) throws(NodeError) -> @Sendable () -> Void {
        func prepare(
            _ reload: CertificateReload?, _ security: () throws(NodeError) -> TLSConfiguration
        ) throws(NodeError) -> (@Sendable () -> Void)? {
            guard let reload else { return nil }
            let security = try security()
            let context: TLSContext
            do throws(TLSError) { context = try security.context() } catch { throw .tls(error) }
            return { reload.take(security, context) }
        }
        let handle = try prepare(handle) { () throws(NodeError) in try directory.handleSecurity(configuration) }
        let https = try prepare(https) { () throws(NodeError) in try directory.httpsSecurity(configuration) }
        return {
            handle?()
            https?()
        }
    }

    /// The certificate in use, and its last second, since 1970.
    var expiry: (name: String, second: Int64)? {
        (handle ?? https)?.certificate.map { ($0.subject, $0.notAfter) }
    }

    /// Says so when the certificate has expired, or soon will have.
    func warn(_ logger: Logger) {
        guard let expiry else { return }
        let days = Self.daysLeft(until: expiry.second)
        guard days < Self.warningDays else { return }
        let message: Logger.Message =
            days < 0 ? "the certificate for TLS has expired" : "the certificate for TLS expires soon"
        logger.warning(message, metadata: ["certificate": "\(expiry.name)", "days": "\(days)"])
    }

    /// Whole days from now; less than zero when it has passed.
    static func daysLeft(until second: Int64) -> Int64 {
        let seconds = second - Int64(clamping: SystemProcess.wallClock.seconds)
        return seconds < 0 ? -1 : seconds / 86_400
    }
}
