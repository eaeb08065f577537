import BanyanAdmin
import BanyanRegistry
import BanyanTestSupport
import HandleCrypto
import HandleProtocol
import OpenSSL
import Testing

/// A service that has the prefix of the Chinese clients' recordings, with keys of ours in the place of theirs: an RSA
/// key as PEM text and an SM2 key as a tagged record, as those clients store them.
struct ChineseNode {
    static let admin = ValueReference(handle: Array("88.118.8/admin".utf8), index: 300)
    static let sm2Admin = ValueReference(handle: Array("88.118.8/sm2admin".utf8), index: 300)

    let service: ServiceOverDataset
    let rsaKey: PrivateKey
    let keys: RecordedKeys

    init(ciphers: SessionCiphers = .usual) throws {
        service = try ServiceOverDataset(ciphers: ciphers)
        rsaKey = try PrivateKey.generateRSA()
        let sm2Key = try PrivateKey.generateSM2()
        var keys = try RecordedKeys()
        keys.set(rsaKey, for: Self.admin)
        keys.set(sm2Key, for: Self.sm2Admin)
        self.keys = keys
        var set = ChangeSet(onConflict: .replace)
        set.append(.home(prefix: Array("88.118.8".utf8), caseRule: .insensitive))
        let administrators = [Self.value(100, of: Self.admin), Self.value(101, of: Self.sm2Admin)]
        set.append(.put(handle: Array("0.NA/88.118.8".utf8), values: Self.bytes(administrators)))
        let sm2Record = try PublicKeyRecord(.sm2(sm2Key.publicKey().pem())).bytes
        for (key, data) in [(Self.admin, try rsaKey.publicKey().pem()), (Self.sm2Admin, sm2Record)] {
            let value = HandleValue(index: key.index, type: ValueType.publicKey, data: data)
            set.append(.put(handle: key.handle, values: Self.bytes([value])))
        }
        let rejection = try service.registrar.submit(set).rejections.first
        if let rejection { throw rejection.error }
    }

    /// Makes someone the administrator of a handle, at that index.
    func appoint(_ key: ValueReference, of handle: String, index: UInt32) throws {
        var set = ChangeSet(onConflict: .fail)
        set.append(.addValues(handle: Array(handle.utf8), values: Self.bytes([Self.value(index, of: key)])))
        let rejection = try service.registrar.submit(set).rejections.first
        if let rejection { throw rejection.error }
    }

    private static func value(_ index: UInt32, of administrator: ValueReference) -> HandleValue {
        var writer = ByteWriter()
        AdminRecord(permissions: AdminPermissions(rawValue: 0x0FFF), administrator: administrator).write(to: &writer)
        return HandleValue(index: index, type: ValueType.administrator, data: writer.bytes)
    }

    private static func bytes(_ values: [HandleValue]) -> [UInt8] {
        var writer = ByteWriter()
        for value in values { value.write(to: &writer) }
        return writer.bytes
    }
}
