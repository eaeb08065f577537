/// Data of an HS_ADMIN value: who may change what (RFC 3651 §3.2.1).
public struct AdminRecord: Equatable, Sendable {
    public var permissions: AdminPermissions
    /// The administrator: a handle, and the index of its key or list there. Index 0 stands for any.
    public var administrator: ValueReference
    /// Two bytes at the end that an old tool wrote. Kept, so that what is read is written again.
    public var legacyPadding: UInt16?

    public init(permissions: AdminPermissions, administrator: ValueReference, legacyPadding: UInt16? = nil) {
        self.permissions = permissions
        self.administrator = administrator
        self.legacyPadding = legacyPadding
    }

    /// The record must have exactly its own length, or two bytes more.
    public init(parsing bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        permissions = AdminPermissions(rawValue: try reader.readUInt16("administrator permissions"))
        let handle = try reader.readBytes("administrator handle").array
        administrator = ValueReference(handle: handle, index: try reader.readUInt32("administrator index"))
        legacyPadding = reader.remaining == 2 ? try reader.readUInt16("administrator padding") : nil
        guard reader.isAtEnd else {
            throw WireError(.trailingBytes, field: "administrator record", offset: reader.offset)
        }
    }

    public func write(to writer: inout ByteWriter) {
        writer.write(permissions.rawValue)
        administrator.write(to: &writer)
        if let legacyPadding { writer.write(legacyPadding) }
    }
}
