// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// One end of one TLS connection, without a socket: ciphertext is put in and taken out by the caller.
///
///     connection.receive(bytes)          // what came from the network
///     try connection.proceed()           // the handshake, until it is done
///     try connection.read(into: &plain)  // until it says that more must come
///     connection.takeOutgoing(into: &cipher)   // after each step: also failures have something to tell the other end
///
/// Not for several threads at a time.
@safe public final class TLSConnection {
    /// Most bytes that one `write` takes: a record's.
    public static let writeByteCountMax = 16_384

    private let pointer: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// Keeps what the callbacks read.
    private let context: TLSContext

    /// - Parameter serverName: Of a client: the DNS name or address that the server's certificate must be for; nil
    ///   where the trust is in keys. Names, not addresses, are sent to the server (SNI, RFC 6066 §3).
    public init(_ context: TLSContext, serverName: String? = nil) throws(OpenSSLError) {
        guard let pointer = unsafe SSL_new(context.pointer) else { throw OpenSSLError(during: "begin TLS") }
        let incoming = unsafe BIO_new(BIO_s_mem())
        let outgoing = unsafe BIO_new(BIO_s_mem())
        guard let incoming = unsafe incoming, let outgoing = unsafe outgoing else {
            unsafe BIO_free(incoming)
            unsafe BIO_free(outgoing)
            unsafe SSL_free(pointer)
            throw OpenSSLError(during: "begin TLS")
        }
        // The connection frees both from here on.
        unsafe SSL_set_bio(pointer, incoming, outgoing)
        do throws(OpenSSLError) {
            if context.role == .client {
                unsafe SSL_set_connect_state(pointer)
                if let serverName { unsafe try Self.expect(serverName, of: pointer) }
            } else {
                unsafe SSL_set_accept_state(pointer)
            }
        } catch {
            unsafe SSL_free(pointer)
            throw error
        }
        unsafe self.pointer = pointer
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        self.context = context
    }

    deinit { unsafe SSL_free(pointer) }

    private static func expect(_ name: String, of pointer: OpaquePointer) throws(OpenSSLError) {
        let isExpected: Bool
        if Certificate.isAddress(name) {
            isExpected = unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pointer), name) == 1
        } else {
            unsafe SSL_set_hostflags(pointer, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            isExpected =
                unsafe SSL_set1_host(pointer, name) == 1 && shim_SSL_set_server_name(pointer, name) == 1
        }
        guard isExpected else { throw OpenSSLError(during: "look for a server of that name") }
    }

    // MARK: Ciphertext

    /// Takes ciphertext from the network. It is looked at by `proceed` and `read`.
    public func receive(_ bytes: RawSpan) throws(OpenSSLError) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        let taken = unsafe bytes.lend { base, count in
            unsafe BIO_write(incoming, base, Int32(clamping: count))
        }
        guard Int(taken) == bytes.byteCount else { throw OpenSSLError(during: "take bytes of TLS") }
    }

    /// Bytes that wait to be sent.
    public var outgoingByteCount: Int { unsafe shim_BIO_pending(outgoing) }

    /// Appends bytes that wait to be sent, as many as there is room for.
    @_lifetime(output: copy output)
    public func takeOutgoing(into output: inout OutputRawSpan) {
        unsafe Self.append(to: &output) { base, room in
            max(0, Int(unsafe BIO_read(outgoing, base, Int32(clamping: room))))
        }
    }

    // MARK: Steps

    public enum Step: Equatable, Sendable {
        case done
        /// More must come from the network first.
        case incomplete
        /// The other end has said that it sends no more.
        case closed
    }

    /// Goes on with the handshake.
    public func proceed() throws(OpenSSLError) -> Step {
        ERR_clear_error()
        return try step(unsafe SSL_do_handshake(pointer), "shake hands")
    }

    /// Appends plaintext to `output`; `.done` when it brought some, so that there may be more.
    @_lifetime(output: copy output)
    public func read(into output: inout OutputRawSpan) throws(OpenSSLError) -> Step {
        ERR_clear_error()
        var result: Int32 = 0
        unsafe Self.append(to: &output) { base, room in
            var count = 0
            unsafe result = SSL_read_ex(pointer, base, room, &count)
            return result == 1 ? count : 0
        }
        return try step(result, "read")
    }

    /// Encrypts `bytes`, at most `writeByteCountMax` of them, after the handshake is done.
    public func write(_ bytes: RawSpan) throws(OpenSSLError) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        var count = 0
        let result = unsafe bytes.lend { base, byteCount in unsafe SSL_write_ex(pointer, base, byteCount, &count) }
        guard result == 1, count == bytes.byteCount else { throw OpenSSLError(during: "write by TLS") }
    }

    /// Tells the other end that nothing more will be sent (close_notify). What it still sends can be read.
    public func closeOutput() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(pointer)
        ERR_clear_error()
    }

    private func step(_ result: Int32, _ operation: StaticString) throws(OpenSSLError) -> Step {
        guard result != 1 else { return .done }
        switch unsafe SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ: return .incomplete
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw OpenSSLError(during: operation)
        }
    }

    /// Safe: `fill` says how many bytes it wrote, and never gets more room than there is.
    @_lifetime(output: copy output)
    private static func append(to output: inout OutputRawSpan, _ fill: (UnsafeMutableRawPointer, Int) -> Int) {
        unsafe output.withUnsafeMutableBytes { room, count in
            guard let base = room.baseAddress, count < room.count else { return }
            count += unsafe fill(base + count, room.count - count)
        }
    }

    // MARK: What was agreed on

    /// The other end's certificate, once the handshake is done. It was verified as the context asks for.
    public var peerCertificate: Certificate? {
        guard let certificate = unsafe SSL_get1_peer_certificate(pointer) else { return nil }
        return unsafe Certificate(owning: certificate)
    }

    /// The protocol that both chose (ALPN).
    public var negotiatedProtocol: String? {
        var base: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(pointer, &base, &count)
        guard let base = unsafe base, count > 0 else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: base, count: Int(count)), as: UTF8.self)
    }

    /// The version and the cipher by OpenSSL's names, such as "TLSv1.3" and "TLS_AES_256_GCM_SHA384".
    public var version: String { unsafe String(cString: SSL_get_version(pointer)) }
    public var cipher: String {
        guard let name = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(pointer)) else { return "none" }
        return unsafe String(cString: name)
    }

    /// Why the other end's certificate was not believed, if it was not.
    public var peerRefusal: String? {
        let result = unsafe SSL_get_verify_result(pointer)
        guard Int32(truncatingIfNeeded: result) != X509_V_OK else { return nil }
        return unsafe String(cString: X509_verify_cert_error_string(result))
    }
}
