import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

/// Each in a process of its own, whose files really fail.
@Suite("Disks that fail")
struct FailingDiskTests {
    @Test("a file that may not grow refuses the set, keeps the rest, and takes it when there is room")
    func fileSizeLimit() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let registry = try TestRegistry()
            _ = try registry.submit([put("88.100.1/first", url("x"))])
            try limitFileSize(to: 256 << 10)
            let large = (0..<1_000).map { put("88.100.1/\($0)", url(String(repeating: "x", count: 1_000))) }
            #expect(throws: SubmissionError.outOfRoom) { try registry.submit(large) }
            #expect(!registry.registrar.isReadOnly)
            #expect(try registry.values(of: "88.100.1/first") != nil)
            #expect(try registry.values(of: "88.100.1/7") == nil)
            try limitFileSize(to: rlim_t.max)
            #expect(try registry.submit(large).created == large.count)
            #expect(try Verification.verify(registry.registrar.index).isSound)
        }
    }

    @Test("after a write that failed for another reason nothing more is written, and reading goes on")
    func failedWrite() async throws {
        await #expect(processExitsWith: .success) {
            let registry = try TestRegistry()
            _ = try registry.submit([put("88.100.1/first", url("x"))])
            try makeUnwritable(registry.folder.path + "/data.mdb")
            #expect(throws: SubmissionError.readOnly) { try registry.submit([put("88.100.1/second", url("x"))]) }
            #expect(registry.registrar.isReadOnly)
            #expect(throws: SubmissionError.readOnly) { try registry.submit([put("88.100.1/third", url("x"))]) }
            #expect(try registry.values(of: "88.100.1/first") != nil)
            #expect(try registry.values(of: "88.100.1/second") == nil)
        }
    }
}

private func limitFileSize(to count: rlim_t) throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = min(count, limit.rlim_max)
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
}

/// Puts a descriptor that cannot be written in the place of each that this process has on the file.
private func makeUnwritable(_ path: String) throws {
    let readable = open(path, O_RDONLY | O_CLOEXEC)
    try #require(readable >= 0)
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
        if target == path, let descriptor = Int32(name), descriptor != readable { dup2(readable, descriptor) }
    }
}
