public import BanyanRegistry
import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// Keys of ours in the place of those that the Chinese clients' recordings do not tell: an RSA key as PEM text and an
/// SM2 key as a tagged record, as those clients store them.
public struct ChineseKeys: Sendable {
    public static let admin = ValueReference(handle: Array("88.118.8/admin".utf8), index: 300)
    public static let sm2Admin = ValueReference(handle: Array("88.118.8/sm2admin".utf8), index: 300)

    public let rsaKey: PrivateKey
    /// With these keys in it.
    public let recorded: RecordedKeys
    /// The clients' prefix, its administrators and their public keys.
    public let records: ChangeSet

    public init() throws {
        rsaKey = try PrivateKey.generateRSA()
        let sm2Key = try PrivateKey.generateSM2()
        var recorded = try RecordedKeys()
        recorded.set(rsaKey, for: Self.admin)
        recorded.set(sm2Key, for: Self.sm2Admin)
        self.recorded = recorded
        var set = ChangeSet(onConflict: .replace)
        set.append(.home(prefix: Array("88.118.8".utf8), caseRule: .insensitive))
        let administrators = [Self.value(100, of: Self.admin), Self.value(101, of: Self.sm2Admin)]
        set.append(.put(handle: Array("0.NA/88.118.8".utf8), values: Self.bytes(administrators)))
        let sm2Record = try PublicKeyRecord(.sm2(sm2Key.publicKey().pem())).bytes
        for (key, data) in [(Self.admin, try rsaKey.publicKey().pem()), (Self.sm2Admin, sm2Record)] {
            let value = HandleValue(index: key.index, type: ValueType.publicKey, data: data)
            set.append(.put(handle: key.handle, values: Self.bytes([value])))
        }
        records = set
    }

    /// Makes someone the administrator of a handle, at that index.
    public static func appoint(_ key: ValueReference, of handle: String, index: UInt32) -> ChangeSet {
        var set = ChangeSet(onConflict: .fail)
        set.append(.addValues(handle: Array(handle.utf8), values: bytes([value(index, of: key)])))
        return set
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
