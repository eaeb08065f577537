/// A handle with its values.
public struct HandleRecord: Equatable, Sendable {
    /// As registered: UTF-8.
    public var handle: [UInt8]
    /// In the order in which they are stored and answered.
    public var values: [HandleValue]

    public init(handle: [UInt8], values: [HandleValue]) {
        self.handle = handle
        self.values = values
    }
}
