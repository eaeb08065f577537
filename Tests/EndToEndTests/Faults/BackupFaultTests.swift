import BanyanTestSupport
import Glibc
import Testing

extension Faults {
    @Suite("Backups that are killed or meet a failing disk (faults)")
    struct BackupFaultTests {
        @Test(
            "a backup killed at any moment leaves no file of its name, and the next one is whole",
            arguments: FaultRounds.rounds(usual: 4))
        func killed(round: Int) throws {
            let made = try MadeNode()
            try made.register((0..<3_000).map { "\($0)" })
            let node = try made.serve()
            let file = made.folder.path + "/copy.mdb"
            let child = try TestChild(
                TestProgram.path(), ["backup", "--data", made.directory, file], output: made.folder.path + "/output",
                error: made.folder.path + "/error")
            for _ in 0..<round * round * 500 { _ = access(made.directory + "/none", F_OK) }
            child.signal(SIGKILL)
            let isWhole = child.wait() == 0
            #expect((access(file, F_OK) == 0) == isWhole)
            if isWhole { unlink(file) }
            let again = try made.run("backup", file)
            #expect(again.status == 0, "\(again.error)")
            let restored = made.folder.path + "/restored"
            #expect(try TestProgram.run(["restore", file, "--data", restored]).status == 0)
            #expect(try TestProgram.run(["resolve", "88.118.8/2999", "--data", restored]).status == 0)
            #expect(node.see("7") == .data(MadeNode.data(of: "7")))
        }

        @Test("a backup that cannot be written whole, or read back, is none", arguments: [true, false])
        func failing(isWrite: Bool) throws {
            let made = try MadeNode()
            let faults = try FaultLibrary(file: ".incomplete/data.mdb")
            try faults.fail(write: isWrite ? ENOSPC : 0, read: isWrite ? 0 : EIO)
            let file = made.folder.path + "/copy.mdb"
            let result = try TestProgram.run(
                ["backup", "--data", made.directory, file], environment: faults.environment)
            #expect(result.status == 5, "\(result.error)")
            #expect(access(file, F_OK) != 0)
            #expect(access(file + ".incomplete", F_OK) != 0)
            #expect(try made.run("backup", file).status == 0)
        }
    }
}
