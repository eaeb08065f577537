import BanyanRegistry

/// Sealed files in DIR/files.
struct NodeFiles: SealedFiles {
    let directory: NodeDirectory

    func write(_ bytes: [UInt8], to name: String) throws {
        try SystemFile.write(bytes, to: directory.filePath(name), mode: 0o640, isNew: true)
    }

    func read(_ name: String) throws -> [UInt8] {
        try SystemFile.read(directory.filePath(name), byteCountMax: 32 << 20)
    }

    func remove(_ name: String) throws { try SystemFile.remove(directory.filePath(name)) }
}

extension NodeDirectory {
    /// - Parameter name: of the node's own making.
    fileprivate func filePath(_ name: String) -> String { path + "/files/" + name }
}
