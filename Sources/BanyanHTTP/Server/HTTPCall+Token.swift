import BanyanAdmin
public import BanyanIndex
public import BanyanRegistry
import BanyanTransport
import Foundation
import HTTPTypes

extension HTTPCall {
    /// Who shows a token of this node in `Authorization: Bearer` (RFC 6750); nil where none is shown, or none that
    /// counts: unknown, expired, used from elsewhere, or sent in clear.
    public func tokenPrincipal(in index: HandleIndex) throws(IndexError) -> Principal? {
        guard takesCredentials, let text = header(.authorization), case .bearer(let token) = AuthorizationHeader(text)
        else { return nil }
        let address = IPAddress(high: peer.addressHigh, low: peer.addressLow)
        let now = UInt64(max(0, Date().timeIntervalSince1970))
        return try index.snapshot().principal(ofToken: token, at: now) { text in
            Network(text)?.contains(address) ?? false
        }
    }
}
