import BanyanNode
import BanyanTestSupport
import Testing

@Suite("Files that stand whole or not at all")
struct SystemFileTests {
    @Test("a file is replaced, and a new one never replaces")
    func writing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        try SystemFile.write([1, 2], to: path, mode: 0o600)
        try SystemFile.write([3], to: path, mode: 0o600)
        #expect(try SystemFile.read(path) == [3])
        let error = #expect(throws: SystemError.self) {
            try SystemFile.write([4], to: path, mode: 0o600, isNew: true)
        }
        #expect(try #require(error).isExisting)
        #expect(try SystemFile.read(path) == [3])
        #expect(!SystemFile.exists(path + ".new"))
    }

    @Test("a missing file and one that is too long are errors with their path")
    func reading() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        let missing = #expect(throws: SystemError.self) { try SystemFile.read(path) }
        #expect(try #require(missing).isMissing)
        #expect(try #require(missing).description.contains(path))
        try SystemFile.write([1, 2, 3], to: path, mode: 0o600)
        #expect(throws: SystemError.self) { try SystemFile.read(path, byteCountMax: 2) }
    }
}
