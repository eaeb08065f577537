// UNSAFE ISLAND (crypto): see Library.swift. What OpenSSL asks us during a handshake; each is called on the thread that
// drives it, and finds the choices that its context was given and keeps alive.
import COpenSSL

/// Whether the other end's certificate is for one of the keys.
func verifyKey(_ verification: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
    guard let argument = unsafe argument else { return 0 }
    let choices = unsafe Unmanaged<TLSChoices>.fromOpaque(argument).takeUnretainedValue()
    let digest = unsafe try? PublicKeyDigest.of(X509_STORE_CTX_get0_cert(verification))
    let isKnown = choices.keyDigests.contains { $0 == digest }
    unsafe X509_STORE_CTX_set_error(verification, isKnown ? X509_V_OK : X509_V_ERR_CERT_REJECTED)
    return isKnown ? 1 : 0
}

/// Any key will do: that the other end has it, TLS itself proves.
func verifyNothing(_ verification: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
    unsafe X509_STORE_CTX_set_error(verification, X509_V_OK)
    return 1
}

/// The first of our protocols that the client offers; with none in common the handshake fails (RFC 7301 §3.2).
func selectProtocol(
    _ connection: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredCount: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument = unsafe argument, let offered = unsafe offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let choices = unsafe Unmanaged<TLSChoices>.fromOpaque(argument).takeUnretainedValue()
    let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    for wanted in choices.protocols {
        var start = 0
        while start < offers.count {
            let count = unsafe Int(offers[start])
            guard start + 1 + count <= offers.count else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            if unsafe offers[(start + 1)..<(start + 1 + count)].elementsEqual(wanted) {
                // Safe: OpenSSL copies the name before the client's list goes.
                unsafe chosen?.pointee = offered + start + 1
                unsafe chosenCount?.pointee = UInt8(count)
                return SSL_TLSEXT_ERR_OK
            }
            start += 1 + count
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
