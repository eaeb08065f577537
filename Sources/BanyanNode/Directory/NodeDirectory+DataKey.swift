import BanyanRegistry
import OpenSSL

extension NodeDirectory {
    private var dataKeyPath: String { keysPath + "/data.key" }

    /// The key that personal data are sealed with: 32 bytes in a file of their own, made when it is first asked for.
    /// Without it what it sealed cannot be read again, so it is kept with the backups, and apart from them.
    func dataKey() throws(NodeError) -> DataKey {
        try requireNode()
        do throws(SystemError) {
            if !SystemFile.exists(dataKeyPath) { try makeDataKey() }
        } catch {
            // Another process may have made it at the same time.
            guard SystemFile.exists(dataKeyPath) else { throw .system(error) }
        }
        guard try system({ () throws(SystemError) in try SystemFile.isPrivate(dataKeyPath) }) else {
            throw .keyReadableByOthers(dataKeyPath)
        }
        var bytes = try system { () throws(SystemError) in try SystemFile.read(dataKeyPath, byteCountMax: 4_096) }
        defer { bytes.wipe() }
        guard let key = DataKey(SecretBytes(bytes)) else { throw .damaged("\(dataKeyPath) does not hold 32 bytes") }
        return key
    }

    private func makeDataKey() throws(SystemError) {
        guard let key = try? Random.secret(byteCount: DataKey.byteCount) else {
            throw SystemError("make a key for", dataKeyPath, code: 5)
        }
        try SystemFile.write(key.exposed, to: dataKeyPath, mode: 0o600, isNew: true)
    }
}
