import BanyanRegistry
import HandleProtocol
import OpenSSL

/// Where loads over the network go on: a small file an input and server, written when all in front of the place has
/// been answered, and removed at the input's end.
struct LoadState: Sendable {
    let folder: String
    /// Tells loads of one input into several servers apart.
    let server: String

    func position(of source: SourceIdentity) -> UInt64? {
        guard let bytes = try? SystemFile.read(path(of: source), byteCountMax: 64) else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// 0: the input is done.
    func store(_ checkpoint: Checkpoint) throws(SystemError) {
        let path = path(of: checkpoint.source)
        guard checkpoint.position > 0 else {
            if SystemFile.exists(path) { try SystemFile.remove(path) }
            return
        }
        try SystemFile.write(Array("\(checkpoint.position)\n".utf8), to: path, mode: 0o600)
    }

    private func path(of source: SourceIdentity) -> String {
        let digest = Digest.hash((source.bytes + Array(server.utf8)).rawSpan, .sha256)
        return "\(folder)/\(String(decoding: Hex.encode(Array(digest.prefix(16))), as: UTF8.self)).position"
    }
}
