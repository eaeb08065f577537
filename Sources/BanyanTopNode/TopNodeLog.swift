internal import Foundation

/// The events of a top-level node, one JSON object a line. What has been appended is on the disk.
struct TopNodeLog {
    private let file: FileHandle

    /// Opens the log, or makes it; gives what stands in it. A last line that was cut off by a power cut was never
    /// answered, and is taken away.
    static func open(_ path: String) throws -> (log: TopNodeLog, events: [TopNodeEvent]) {
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        let bytes = try file.readToEnd() ?? Data()
        let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if whole < bytes.count { try file.truncate(atOffset: UInt64(whole)) }
        try file.seekToEnd()
        let decoder = JSONDecoder()
        let events = try bytes[..<whole].split(separator: UInt8(ascii: "\n")).map { line in
            try decoder.decode(TopNodeEvent.self, from: line)
        }
        return (TopNodeLog(file: file), events)
    }

    func append(_ events: [TopNodeEvent]) throws {
        guard !events.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for event in events {
            lines += try encoder.encode(event)
            lines.append(UInt8(ascii: "\n"))
        }
        try file.write(contentsOf: lines)
        try file.synchronize()
    }
}
