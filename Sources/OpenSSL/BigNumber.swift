// UNSAFE ISLAND (crypto): see Library.swift.
import COpenSSL

/// A natural number of a key. Wiped when it goes.
@safe final class BigNumber {
    let pointer: OpaquePointer

    /// From big-endian bytes; zeros in front do not count.
    init(_ bytes: RawSpan, isSecret: Bool = false) throws(OpenSSLError) {
        let made = unsafe bytes.lend { base, count in
            let number = unsafe isSecret ? BN_secure_new() : BN_new()
            return unsafe BN_bin2bn(base, Int32(clamping: count), number)
        }
        guard let made = unsafe made else { throw OpenSSLError(during: "read a number") }
        if isSecret { unsafe BN_set_flags(made, BN_FLG_CONSTTIME) }
        unsafe pointer = made
    }

    convenience init(_ bytes: [UInt8]) throws(OpenSSLError) {
        unsafe try self.init(bytes.span.bytes)
    }

    convenience init(_ bytes: SecretBytes) throws(OpenSSLError) {
        try self.init(bytes.bytes, isSecret: true)
    }

    /// A number that a key holds; nil when it holds none of that name.
    init?(of key: OpaquePointer, _ name: String) {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1, let number = unsafe number else {
            ERR_clear_error()
            return nil
        }
        unsafe pointer = number
    }

    /// `base` to the power of `exponent` modulo `modulus`; in constant time when the exponent is a secret.
    init(_ base: BigNumber, toThe exponent: BigNumber, modulo modulus: BigNumber) throws(OpenSSLError) {
        let scratch = unsafe BN_CTX_new_ex(Library.pointer)
        defer { unsafe BN_CTX_free(scratch) }
        guard let result = unsafe BN_new() else { throw OpenSSLError(during: "make a number") }
        guard unsafe BN_mod_exp(result, base.pointer, exponent.pointer, modulus.pointer, scratch) == 1 else {
            unsafe BN_clear_free(result)
            throw OpenSSLError(during: "compute a public key")
        }
        unsafe pointer = result
    }

    deinit { unsafe BN_clear_free(pointer) }

    var bitCount: Int { Int(unsafe BN_num_bits(pointer)) }
    var byteCount: Int { (bitCount + 7) / 8 }

    /// Big-endian, without zeros in front; 0 is no bytes.
    var secret: SecretBytes {
        unsafe SecretBytes(capacity: byteCount) { room in
            let base = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe room.isEmpty ? 0 : Int(BN_bn2bin(pointer, base))
        }
    }

    var bytes: [UInt8] { secret.exposed }
}

/// A list of named numbers and words from which OpenSSL makes a key.
@safe struct KeyParameters: ~Copyable {
    private let builder: OpaquePointer?
    /// The builder reads the numbers only when the list is made.
    private var numbers: [BigNumber] = []
    private var isComplete = true

    init() { unsafe builder = OSSL_PARAM_BLD_new() }

    deinit { unsafe OSSL_PARAM_BLD_free(builder) }

    /// The name is not copied: it must live as long as the list, as literals do.
    mutating func add(_ name: StaticString, _ number: BigNumber) {
        numbers.append(number)
        unsafe isComplete = isComplete && OSSL_PARAM_BLD_push_BN(builder, name.cString, number.pointer) == 1
    }

    /// Which parts of a key the list holds.
    enum Selection {
        case parameters, publicKey, pair

        var code: Int32 {
            switch self {
            case .parameters: Int32(shim_EVP_PKEY_KEY_PARAMETERS)
            case .publicKey: Int32(shim_EVP_PKEY_PUBLIC_KEY)
            case .pair: Int32(shim_EVP_PKEY_KEYPAIR)
            }
        }
    }

    consuming func key(_ algorithm: String, selecting selection: Selection) throws(OpenSSLError) -> OpaquePointer {
        let list = unsafe isComplete ? OSSL_PARAM_BLD_to_param(builder) : nil
        let context = unsafe EVP_PKEY_CTX_new_from_name(Library.pointer, algorithm, nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe OSSL_PARAM_free(list)
        }
        var key: OpaquePointer?
        guard unsafe list != nil, unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &key, selection.code, list) == 1, let key = unsafe key
        else { throw OpenSSLError(during: "make a key of its numbers") }
        return unsafe key
    }
}

extension StaticString {
    /// The literal's bytes, which end with a zero and live as long as the process.
    var cString: UnsafePointer<CChar> { unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
