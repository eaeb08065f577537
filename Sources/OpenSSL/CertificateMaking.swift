// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

extension Certificate {
    /// A certificate that its own key has signed: good for whoever has been given it, or its key's digest. It serves as
    /// a server's and as a client's.
    ///
    /// - Parameters:
    ///   - names: DNS names and addresses; the first is the subject's as well. At least one.
    ///   - start: First second in which it holds, since 1970.
    public static func makeSelfSigned(
        key: PrivateKey, names: [String], start: Int64, dayCount: Int
    ) throws(OpenSSLError) -> Certificate {
        guard let first = names.first, names.allSatisfy(Self.isName), (1...36_500).contains(dayCount) else {
            throw OpenSSLError(refusing: "make a certificate with such names or days")
        }
        guard let pointer = unsafe X509_new_ex(Library.pointer, nil) else {
            throw OpenSSLError(during: "make a certificate")
        }
        let certificate = unsafe Certificate(owning: pointer)
        // Positive, and not to be guessed (RFC 5280 §4.1.2.2).
        let serial = try BigNumber([0x40 | (try Random.bytes(count: 1)[0] & 0x3F)] + Random.bytes(count: 15))
        let subject = unsafe X509_get_subject_name(pointer)
        let end = start + Int64(dayCount) * 86_400
        // A common name has at most 64 characters.
        let done =
            unsafe X509_set_version(pointer, 2) == 1
            && BN_to_ASN1_INTEGER(serial.pointer, X509_get_serialNumber(pointer)) != nil
            && ASN1_TIME_set(X509_getm_notBefore(pointer), Int(start)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(pointer), Int(end)) != nil
            && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, String(first.prefix(64)), -1, -1, 0) == 1
            && X509_set_issuer_name(pointer, subject) == 1
            && X509_set_pubkey(pointer, key.pointer) == 1
        guard done else { throw OpenSSLError(during: "make a certificate") }
        try certificate.addExtensions(names: names)
        let digest = unsafe key.algorithm == .ed25519 ? nil : EVP_MD_fetch(Library.pointer, "SHA256", nil)
        defer { unsafe EVP_MD_free(digest) }
        guard unsafe X509_sign(pointer, key.pointer, digest) > 0 else {
            throw OpenSSLError(during: "sign a certificate")
        }
        return certificate
    }

    private func addExtensions(names: [String]) throws(OpenSSLError) {
        let alternatives = names.map { (Self.isAddress($0) ? "IP:" : "DNS:") + $0 }.joined(separator: ",")
        try add(NID_subject_key_identifier, "hash")
        try add(NID_basic_constraints, "critical,CA:FALSE")
        try add(NID_key_usage, "critical,digitalSignature")
        try add(NID_ext_key_usage, "serverAuth,clientAuth")
        try add(NID_subject_alt_name, alternatives)
    }

    private func add(_ kind: Int32, _ value: String) throws(OpenSSLError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, pointer, pointer, nil, nil, 0)
        let made = unsafe X509V3_EXT_conf_nid(nil, &context, kind, value)
        defer { unsafe X509_EXTENSION_free(made) }
        guard unsafe made != nil, unsafe X509_add_ext(pointer, made, -1) == 1 else {
            throw OpenSSLError(during: "make a certificate")
        }
    }

    /// Whether a certificate can be made for that name.
    ///
    /// Letters, digits, dots, dashes, colons and stars: nothing that the configuration syntax of extensions would read
    /// as its own.
    public static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 253
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                    UInt8(ascii: "*"):
                    true
                default: false
                }
            } && (isAddress(name) || !name.contains(":"))
    }

    static func isAddress(_ name: String) -> Bool {
        let address = unsafe a2i_IPADDRESS(name)
        defer { unsafe ASN1_OCTET_STRING_free(address) }
        ERR_clear_error()
        return unsafe address != nil
    }
}

extension PrivateKey {
    /// A new key on the curve P-256, as certificates for TLS have them.
    public static func generateEC() throws(OpenSSLError) -> PrivateKey {
        unsafe try generate("EC") { unsafe EVP_PKEY_CTX_set_group_name($0, "P-256") == 1 }
    }
}
