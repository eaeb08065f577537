/// What a message asks for (RFC 3652 §2.2.2.1). Open: a code that we do not know survives a round trip.
public struct OpCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let resolution = OpCode(rawValue: 1)
    public static let getSiteInfo = OpCode(rawValue: 2)
    public static let createHandle = OpCode(rawValue: 100)
    public static let deleteHandle = OpCode(rawValue: 101)
    public static let addValue = OpCode(rawValue: 102)
    public static let removeValue = OpCode(rawValue: 103)
    public static let modifyValue = OpCode(rawValue: 104)
    public static let listHandles = OpCode(rawValue: 105)
    /// DO-IRP 3.0.
    public static let listDerivedPrefixes = OpCode(rawValue: 106)
    public static let challengeAnswer = OpCode(rawValue: 200)
    public static let verifyChallenge = OpCode(rawValue: 201)
    public static let homePrefix = OpCode(rawValue: 300)
    public static let unhomePrefix = OpCode(rawValue: 301)
    public static let listHomedPrefixes = OpCode(rawValue: 302)
    public static let sessionSetup = OpCode(rawValue: 400)
    public static let sessionTerminate = OpCode(rawValue: 401)
    public static let sessionExchangeKey = OpCode(rawValue: 402)
    public static let nextTransactionID = OpCode(rawValue: 1000)
    public static let retrieveTransactions = OpCode(rawValue: 1001)
    public static let dumpHandles = OpCode(rawValue: 1002)
    public static let checkpoint = OpCode(rawValue: 1003)
    /// Login with a name and a password: Chinese clients, not in any RFC.
    public static let loginWithPassword = OpCode(rawValue: 2000)
    /// Login with a key: Chinese clients, not in any RFC.
    public static let loginWithKey = OpCode(rawValue: 2001)
}
