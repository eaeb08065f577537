import HandleCrypto
public import HandleProtocol
public import OpenSSL

/// What a record says of an administrator's key: which value holds it, and what lets him do anything.
public struct KeyStanding: Sendable {
    /// Indexes of the values that hold the key.
    public var indexes: [UInt32] = []
    /// What speaks against it, in words; empty: a node would accept it as `INDEX:HANDLE`.
    public var faults: [String] = []
    /// What the handle's HS_ADMIN values allow it, directly or through an HS_VLIST of the handle.
    public var permissions: AdminPermissions = []

    public init(of key: PublicKey, as identity: ValueReference, in values: [HandleValue]) {
        for value in values where Self.isType(value, ValueType.publicKey) {
            if let held = try? PublicKey.parse(value: value.data), held.isSame(as: key) { indexes.append(value.index) }
        }
        judge(identity, values, ValueType.publicKey)
    }

    public init(of secret: SecretBytes, as identity: ValueReference, in values: [HandleValue]) {
        for value in values where Self.isType(value, ValueType.secretKey) && value.data == secret.exposed {
            indexes.append(value.index)
        }
        judge(identity, values, ValueType.secretKey)
    }

    private mutating func judge(_ identity: ValueReference, _ values: [HandleValue], _ type: [UInt8]) {
        let name = String(decoding: type, as: UTF8.self)
        let place = values.first { $0.index == identity.index }
        if identity.index != 0, !indexes.contains(identity.index) {
            switch place {
            case nil: faults.append("there is no value at index \(identity.index)")
            case let place? where !Self.isType(place, type):
                faults.append("the value at index \(identity.index) is not of type \(name)")
            default: faults.append("the value at index \(identity.index) holds another key")
            }
        } else if indexes.isEmpty {
            faults.append("no value of type \(name) holds the key")
        }
        for value in values where Self.isType(value, ValueType.administrator) {
            guard let record = try? AdminRecord(parsing: value.data.rawSpan) else { continue }
            if Self.names(record.administrator, identity, in: values) { permissions.formUnion(record.permissions) }
        }
        if permissions.isEmpty {
            faults.append("no HS_ADMIN of the handle names it; others, and the node's own administrators, still may")
        }
    }

    private static func names(
        _ reference: ValueReference, _ identity: ValueReference, in values: [HandleValue]
    ) -> Bool {
        if reference.stands(for: identity) { return true }
        guard HandleCase.folded(reference.handle) == HandleCase.folded(identity.handle),
            let group = values.first(where: { $0.index == reference.index }), isType(group, ValueType.valueList),
            let list = try? ValueList(parsing: group.data.rawSpan)
        else { return false }
        return list.references.contains { $0.stands(for: identity) }
    }

    private static func isType(_ value: HandleValue, _ type: [UInt8]) -> Bool {
        HandleCase.areEqual(value.type.rawSpan, type.rawSpan)
    }
}
