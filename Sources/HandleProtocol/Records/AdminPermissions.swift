/// What an administrator may do (RFC 3651 §3.2.1). Bits that we do not know are kept.
public struct AdminPermissions: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let addHandle = AdminPermissions(rawValue: 0x0001)
    public static let deleteHandle = AdminPermissions(rawValue: 0x0002)
    public static let addDerivedPrefix = AdminPermissions(rawValue: 0x0004)
    public static let deleteDerivedPrefix = AdminPermissions(rawValue: 0x0008)
    public static let modifyValue = AdminPermissions(rawValue: 0x0010)
    public static let removeValue = AdminPermissions(rawValue: 0x0020)
    public static let addValue = AdminPermissions(rawValue: 0x0040)
    public static let modifyAdministrator = AdminPermissions(rawValue: 0x0080)
    public static let removeAdministrator = AdminPermissions(rawValue: 0x0100)
    public static let addAdministrator = AdminPermissions(rawValue: 0x0200)
    public static let readValue = AdminPermissions(rawValue: 0x0400)
    public static let listHandles = AdminPermissions(rawValue: 0x0800)
    /// The twelve that are in use.
    public static let all = AdminPermissions(rawValue: 0x0FFF)

    /// The order in which the JSON form writes its twelve digits: the highest bit first.
    static let textOrder: [AdminPermissions] = (0..<12).map { AdminPermissions(rawValue: 0x0800 >> $0) }
    /// The order in which the Handle tools' batch files write theirs, which follows no bit.
    static let batchOrder: [AdminPermissions] = [
        .addHandle, .deleteHandle, .addDerivedPrefix, .deleteDerivedPrefix, .modifyValue, .removeValue, .addValue,
        .readValue, .modifyAdministrator, .removeAdministrator, .addAdministrator, .listHandles,
    ]

    /// Twelve digits 0 or 1 in the order of the JSON form; nil for any other text.
    public init?(text: RawSpan) { self.init(text, order: Self.textOrder) }

    /// Twelve digits 0 or 1 in the order of batch files; nil for any other text.
    public init?(batchText: RawSpan) { self.init(batchText, order: Self.batchOrder) }

    private init?(_ text: RawSpan, order: [AdminPermissions]) {
        guard text.byteCount == order.count else { return nil }
        self = []
        for position in 0..<text.byteCount {
            switch text.byte(at: position) {
            case UInt8(ascii: "0"): continue
            case UInt8(ascii: "1"): insert(order[position])
            default: return nil
            }
        }
    }

    /// Twelve digits in the order of the JSON form. Bits above these twelve have no place there.
    public var text: [UInt8] { Self.textOrder.map { contains($0) ? UInt8(ascii: "1") : UInt8(ascii: "0") } }

    /// Twelve digits in the order of batch files. Bits above these twelve have no place there.
    public var batchText: [UInt8] { Self.batchOrder.map { contains($0) ? UInt8(ascii: "1") : UInt8(ascii: "0") } }
}
