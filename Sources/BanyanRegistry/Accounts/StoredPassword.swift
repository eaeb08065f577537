import Dispatch
public import OpenSSL

/// A password as it is kept: hashed by scrypt, with what it cost.
public struct StoredPassword: Codable, Equatable, Sendable {
    public var salt: [UInt8]
    public var hash: [UInt8]
    public var costFactor: Int
    public var blockSize: Int
    public var parallelization: Int

    /// Hashes at a time, so that guesses cannot take the memory.
    private static let places = DispatchSemaphore(value: 2)

    /// - Parameter password: the password's SHA-256 in lower-case hexadecimal digits, see `PasswordDigest`.
    public init(_ password: SecretBytes, cost: Scrypt.Cost = .usual) throws(OpenSSLError) {
        salt = try Random.bytes(count: 16)
        (costFactor, blockSize, parallelization) = (cost.costFactor, cost.blockSize, cost.parallelization)
        hash = []
        hash = try Self.hash(password, salt, cost)
    }

    /// Of nobody: no password matches it, and it takes as long to find that out as for any other.
    static func ofNobody() throws(OpenSSLError) -> StoredPassword {
        StoredPassword(
            salt: try Random.bytes(count: 16), hash: try Random.bytes(count: 32),
            costFactor: Scrypt.Cost.usual.costFactor, blockSize: Scrypt.Cost.usual.blockSize,
            parallelization: Scrypt.Cost.usual.parallelization)
    }

    private init(salt: [UInt8], hash: [UInt8], costFactor: Int, blockSize: Int, parallelization: Int) {
        self.salt = salt
        self.hash = hash
        self.costFactor = costFactor
        self.blockSize = blockSize
        self.parallelization = parallelization
    }

    /// Whether it is that password. Waits while two others are being hashed.
    public func matches(_ password: SecretBytes) -> Bool {
        let cost = Scrypt.Cost(costFactor: costFactor, blockSize: blockSize, parallelization: parallelization)
        guard let found = try? Self.hash(password, salt, cost) else { return false }
        return found.isEqualInConstantTime(to: hash)
    }

    private static func hash(
        _ password: SecretBytes, _ salt: [UInt8], _ cost: Scrypt.Cost
    ) throws(OpenSSLError) -> [UInt8] {
        places.wait()
        defer { places.signal() }
        return try Scrypt.hash(password: password, salt: salt, cost: cost).exposed
    }
}
