import ByteStreams
import Foundation
import Testing

@Suite("Files as bytes, plain and gzip")
struct ByteStreamsTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func readAll(_ path: String, blockByteCount: Int = 1_000) throws -> [UInt8] {
        let input = try InputFile(path: path)
        var buffer = [UInt8](repeating: 0, count: blockByteCount)
        var bytes: [UInt8] = []
        while true {
            let count = try input.read(into: &buffer, at: 0)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    @Test("what is written is read again, whatever the name and the block", arguments: ["a.txt", "a.txt.gz"])
    func roundTrip(name: String) throws {
        try withFolder { folder in
            let path = folder + "/" + name
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            let output = try OutputFile(path: path)
            try output.write(Array(bytes[..<100_000]))
            try output.flush()
            try output.write([])
            try output.write(Array(bytes[100_000...]))
            try output.close()
            #expect(try readAll(path) == bytes)
            #expect(try readAll(path, blockByteCount: 1 << 20) == bytes)
            let again = try OutputFile(path: path, appending: true)
            try again.write([1, 2])
            try again.close()
            #expect(try readAll(path) == bytes + [1, 2])
            let stored = try Data(contentsOf: URL(filePath: path))
            #expect(stored.starts(with: [0x1F, 0x8B]) == name.hasSuffix(".gz"))
            #expect(try InputFile(path: path).fileByteCount == UInt64(stored.count))
        }
    }

    @Test("gzip that is cut off or damaged is an error, never a shorter file")
    func brokenGzip() throws {
        try withFolder { folder in
            let path = folder + "/a.gz"
            let output = try OutputFile(path: path)
            var state: UInt32 = 1
            try output.write(
                (0..<50_000).map { _ in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return UInt8(truncatingIfNeeded: state >> 24)
                })
            try output.close()
            var stored = try Data(contentsOf: URL(filePath: path))
            try stored.prefix(stored.count / 2).write(to: URL(filePath: path))
            #expect(throws: StreamError(path: path, .cutOff)) { try readAll(path) }
            stored[stored.count - 6] ^= 1
            try stored.write(to: URL(filePath: path))
            #expect(throws: StreamError(path: path, .damaged)) { try readAll(path) }
        }
    }

    @Test("a missing file and a folder are named in the error")
    func missing() throws {
        try withFolder { folder in
            #expect(throws: StreamError(path: folder + "/x", .system(ENOENT))) {
                try InputFile(path: folder + "/x")
            }
            #expect(throws: StreamError(path: folder, .system(EISDIR))) { try InputFile(path: folder) }
            #expect(throws: StreamError(path: folder + "/x/y", .system(ENOENT))) {
                try OutputFile(path: folder + "/x/y")
            }
        }
    }

    @Test("GB 18030 becomes UTF-8, and what is none is refused")
    func characterSet() throws {
        let set = try GB18030()
        #expect(set.utf8([0xB1, 0xEA, 0xCA, 0xB6]) == Array("标识".utf8))
        #expect(set.utf8(Array("plain".utf8)) == Array("plain".utf8))
        #expect(set.utf8([]) == [])
        #expect(set.utf8([0xB1]) == nil)
        #expect(set.utf8([0xFF, 0xFF]) == nil)
        #expect(set.utf8([0xB1, 0xEA]) == Array("标".utf8))
    }
}
