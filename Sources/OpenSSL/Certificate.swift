// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// A certificate (RFC 5280).
///
/// Sendable: OpenSSL's certificates are not changed after they are made here, and their reference counts are atomic.
@safe public final class Certificate: @unchecked Sendable {
    /// Most certificates that a file is read for.
    public static let fileCountMax = 1_000

    let pointer: OpaquePointer

    /// Takes the certificate over.
    init(owning certificate: OpaquePointer) {
        unsafe pointer = certificate
    }

    deinit { unsafe X509_free(pointer) }

    /// The first certificate of PEM text.
    public convenience init(pem text: [UInt8]) throws(OpenSSLError) {
        guard let pointer = unsafe MemoryText.read(text, { unsafe Self.next(in: $0) }) else {
            throw OpenSSLError(during: "read a certificate")
        }
        unsafe self.init(owning: pointer)
    }

    /// All certificates of PEM text, in its order; other things in it are passed over.
    ///
    /// - Throws: when there is none, more than `fileCountMax`, or one that cannot be read.
    public static func all(pem text: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        var certificates: [Certificate] = []
        unsafe MemoryText.read(text) { memory in
            while certificates.count <= fileCountMax, let pointer = unsafe next(in: memory) {
                unsafe certificates.append(Certificate(owning: pointer))
            }
        }
        // The end of the text is told as the lack of a first line.
        let isAtEnd = shim_is_end_of_PEM(ERR_peek_last_error()) != 0
        guard isAtEnd, !certificates.isEmpty else { throw OpenSSLError(during: "read certificates") }
        ERR_clear_error()
        return certificates
    }

    /// The next certificate of the text, in our library's context; nil at its end and at one that cannot be read.
    private static func next(in memory: OpaquePointer?) -> OpaquePointer? {
        var certificate = unsafe X509_new_ex(Library.pointer, nil)
        guard unsafe certificate != nil, unsafe PEM_read_bio_X509(memory, &certificate, nil, nil) != nil else {
            unsafe X509_free(certificate)
            return nil
        }
        return unsafe certificate
    }

    // MARK: What it says

    public func pem() throws(OpenSSLError) -> [UInt8] {
        guard let text = unsafe MemoryText.write({ unsafe PEM_write_bio_X509($0, pointer) == 1 }) else {
            throw OpenSSLError(during: "write a certificate")
        }
        return text.exposed
    }

    public func publicKey() throws(OpenSSLError) -> PublicKey {
        guard let key = unsafe X509_get_pubkey(pointer) else {
            throw OpenSSLError(during: "read the key of a certificate")
        }
        return unsafe try PublicKey(owning: key)
    }

    /// First and last second in which it holds, since 1970.
    public var notBefore: Int64 { unsafe Self.seconds(X509_get0_notBefore(pointer)) }
    public var notAfter: Int64 { unsafe Self.seconds(X509_get0_notAfter(pointer)) }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        // What is no time has passed long ago.
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    /// The subject's name in the form of RFC 2253, for people.
    public var subject: String {
        let text = unsafe MemoryText.write { memory in
            unsafe X509_NAME_print_ex(memory, X509_get_subject_name(pointer), 0, shim_XN_FLAG_RFC2253) >= 0
        }
        return String(decoding: text?.exposed ?? [], as: UTF8.self)
    }

    /// The first value of an attribute of the subject's name, such as "CN", "O" or "UID"; nil when there is none.
    public func subjectAttribute(_ name: String) -> String? {
        let subject = unsafe X509_get_subject_name(pointer)
        let kind = unsafe OBJ_txt2nid(name)
        let position = unsafe X509_NAME_get_index_by_NID(subject, kind, -1)
        guard kind != NID_undef, position >= 0,
            let value = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, position))
        else { return nil }
        var base: UnsafeMutablePointer<UInt8>?
        let count = unsafe ASN1_STRING_to_UTF8(&base, value)
        defer {
            unsafe shim_OPENSSL_free(base)
            ERR_clear_error()
        }
        guard count >= 0, let base = unsafe base else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: base, count: Int(count)), as: UTF8.self)
    }

    /// SHA-256 of the SubjectPublicKeyInfo: what a pin names (RFC 7469 §2.4). It outlives the certificate, when that is
    /// made anew for the same key.
    public func publicKeyDigest() throws(OpenSSLError) -> [UInt8] {
        unsafe try PublicKeyDigest.of(pointer)
    }

    /// Whether it is for a server of that name: a DNS name or an address.
    public func isFor(_ name: String) -> Bool {
        defer { ERR_clear_error() }
        let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        return unsafe X509_check_ip_asc(pointer, name, 0) == 1 || X509_check_host(pointer, name, 0, flags, nil) == 1
    }

    /// Whether it was made for that private key.
    public func belongs(to key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(pointer, key.pointer) == 1
    }
}

extension Certificate: Equatable {
    public static func == (one: Certificate, other: Certificate) -> Bool {
        unsafe X509_cmp(one.pointer, other.pointer) == 0
    }
}

/// The digest that a pin names, for a certificate that OpenSSL lends.
enum PublicKeyDigest {
    static func of(_ certificate: OpaquePointer?) throws(OpenSSLError) -> [UInt8] {
        var base: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &base)
        defer { unsafe shim_OPENSSL_free(base) }
        guard count > 0, let base = unsafe base else { throw OpenSSLError(during: "read the key of a certificate") }
        return unsafe Digest.hash(RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: Int(count)), .sha256)
    }
}
