import BanyanIndex
import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import Foundation
import Glibc
import HandleProtocol
import Testing

extension Faults {
    @Suite("Archive of the journal, and back to any point")
    struct ArchiveFaultTests {
        @Test("a backup and the archive give the index of the last acknowledged change, byte for byte")
        func toTheEnd() throws {
            let made = try MadeNode()
            try made.register(["before"])
            let archive = made.folder.path + "/archive"
            let node = try made.serve("--set", "archive.directory=" + archive)
            try made.register((0..<50).map { "early-\($0)" })
            let file = made.folder.path + "/copy.mdb"
            #expect(try made.run("backup", file, "--compact").status == 0)
            try Self.changeEverything(made)
            let dump = try made.run("dump", "--format", "wire").output
            #expect(node.terminate() == 0)

            let restored = made.folder.path + "/restored"
            let result = try TestProgram.run(["restore", file, "--data", restored, "--archive", archive])
            #expect(result.status == 0, "\(result.error)")
            #expect(try TestProgram.run(["dump", "--format", "wire", "--data", restored]).output == dump)
            try FileManager.default.copyItem(
                atPath: made.directory + "/keys/server.pem", toPath: restored + "/keys/server.pem")
            #expect(try TestProgram.run(["check", "--full", "--data", restored]).status == 0)
            #expect(try Self.head(restored) == Self.head(made.directory))
            #expect(try TestProgram.run(["journal", "verify", "--data", restored]).status == 0)
        }

        @Test(
            "the archive of a node that was killed is whole up to a place, and goes on behind it",
            arguments: FaultRounds.rounds(usual: 2))
        func killed(round: Int) throws {
            signal(SIGPIPE, SIG_IGN)
            let made = try MadeNode()
            let archive = made.folder.path + "/archive"
            let file = made.folder.path + "/copy.mdb"
            #expect(try made.run("backup", file).status == 0)
            for life in 0..<3 {
                let node = try made.serve("--set", "archive.directory=" + archive)
                for number in 0..<20 + round * 7 % 50 { try made.register(["\(life)-\(number)"]) }
                node.kill()
                // Killed in the middle of a write: half a frame.
                if life == 1, let last = try FileManager.default.contentsOfDirectory(atPath: archive).sorted().last {
                    let handle = try #require(FileHandle(forWritingAtPath: archive + "/" + last))
                    try handle.seekToEnd()
                    try handle.write(contentsOf: Data("BJA1\0\0\u{10}\0half".utf8))
                }
            }
            let last = try made.serve("--set", "archive.directory=" + archive)
            #expect(last.terminate() == 0)
            let restored = made.folder.path + "/restored"
            let result = try TestProgram.run(["restore", file, "--data", restored, "--archive", archive])
            #expect(result.status == 0, "\(result.error)")
            #expect(try Self.head(restored) == Self.head(made.directory))
        }

        @Test("a time in the past gives what was there then; what is missing, damaged or foreign is refused by name")
        func pointInTime() throws {
            let made = try MadeNode()
            let archive = made.folder.path + "/archive"
            let file = made.folder.path + "/copy.mdb"
            #expect(try made.run("backup", file).status == 0)
            let faults = try FaultLibrary()
            let node = try TestNode(
                directory: made.directory, in: made.folder, ["--set", "archive.directory=" + archive],
                environment: faults.environment)
            try faults.shiftClock(by: 100_000)
            try made.register(["first"])
            try faults.shiftClock(by: 200_000)
            try made.register(["second"])
            #expect(node.terminate() == 0)

            let between = Timestamp(secondsSince1970: UInt32(clamping: time(nil) + 150_000)).description
            let restored = made.folder.path + "/restored"
            let restore = ["restore", file, "--archive", archive, "--data"]
            #expect(try TestProgram.run(restore + [restored, "--at", between]).status == 0)
            #expect(try TestProgram.run(["resolve", "88.118.8/first", "--data", restored]).status == 0)
            #expect(try TestProgram.run(["resolve", "88.118.8/second", "--data", restored]).status == 1)
            let early = try TestProgram.run(restore + [made.folder.path + "/none", "--at", "2020-01-01T00:00:00Z"])
            #expect(early.status == 5)
            #expect(early.error.contains("newer than that time"))
            #expect(access(made.folder.path + "/none", F_OK) != 0)

            let segment = try #require(FileManager.default.contentsOfDirectory(atPath: archive).first)
            var bytes = try made.folder.read("archive/" + segment)
            bytes[bytes.count / 2] ^= 1
            try made.folder.write(bytes, to: "archive/" + segment)
            let cut = made.folder.path + "/cut"
            #expect(try TestProgram.run(restore + [cut]).status == 0, "as far as it is whole")
            #expect(try TestProgram.run(["resolve", "88.118.8/second", "--data", cut]).status == 1)

            bytes[bytes.count / 2] ^= 1
            try made.folder.write(bytes, to: "archive/" + segment)
            let other = try MadeNode()
            let foreign = other.folder.path + "/copy.mdb"
            #expect(try other.run("backup", foreign).status == 0)
            let wrong = made.folder.path + "/wrong"
            #expect(try TestProgram.run(["restore", foreign, "--archive", archive, "--data", wrong]).status == 5)
            #expect(access(wrong, F_OK) != 0)
        }

        @Test(
            "the drill restores, proves, says how far behind it would be, and leaves nothing; a changed backup fails it"
        )
        func drill() throws {
            let made = try MadeNode()
            try made.register((0..<50).map { "\($0)" })
            let file = made.folder.path + "/copy.mdb"
            #expect(try made.run("backup", file).status == 0)
            #expect(try made.folder.read("copy.mdb.sha256").count > 64)
            try made.register(["later"])
            let result = try made.run("drill", file, "--json")
            #expect(result.status == 0, "\(result.error)")
            let report = try #require(JSONTree(parsing: Array(result.output.utf8)[...]))
            #expect(report["behind"].integer == 1)
            #expect(report["records"].integer == 51)
            #expect(access(file + ".drill", F_OK) != 0)
            var bytes = try made.folder.read("copy.mdb")
            bytes[bytes.count / 2] ^= 1
            try made.folder.write(bytes, to: "copy.mdb")
            let changed = try made.run("drill", file)
            #expect(changed.status == 5)
            #expect(changed.error.contains("copy.mdb.sha256"))
            #expect(try TestProgram.run(["restore", file, "--data", made.folder.path + "/r"]).status == 5)
        }

        @Test("an archive that cannot be written delays no registration, and is caught up with")
        func failing() throws {
            let made = try MadeNode()
            let faults = try FaultLibrary(file: ".segment")
            let archive = made.folder.path + "/archive"
            let node = try TestNode(
                directory: made.directory, in: made.folder, ["--set", "archive.directory=" + archive],
                environment: faults.environment)
            try faults.fail(write: ENOSPC)
            try made.register((0..<20).map { "\($0)" })
            func figures() throws -> JSONTree {
                let text = try made.run("stat", "--json").output
                return try #require(JSONTree(parsing: Array(text.utf8)[...]))["serving"]["archive"]
            }
            while try figures()["failures"].integer == 0 {}
            #expect(try (figures()["behind"].integer ?? 0) > 0)
            try faults.fail()
            while try figures()["behind"].integer != 0 {}
            #expect(try figures()["missing"].integer == 0)
            #expect(node.terminate() == 0)
        }

        /// Changes of each kind that the journal knows.
        private static func changeEverything(_ made: MadeNode) throws {
            try made.register(["early-1", "later", "gone"])
            try made.register(["later"])
            for verb in [
                ["add", "88.118.9"], ["suspend", "88.118.9"], ["resume", "88.118.9"], ["remove", "88.118.9"],
            ] {
                #expect(try TestProgram.run(["prefix"] + verb + ["--data", made.directory]).status == 0)
            }
            let site = ["site", "set", "--advertise", "192.0.2.9:2641", "--data", made.directory]
            #expect(try TestProgram.run(site).status == 0)
            let sink = try ChangeSinks.open(directory: NodeDirectory(made.directory))
            var set = ChangeSet()
            set.append(.delete(handle: MadeNode.handle("gone")))
            set.append(.removeValues(handle: MadeNode.handle("early-2"), indexes: [1]))
            set.append(.setSetting(name: Array("note".utf8), value: [1, 2, 3]))
            #expect(try sink.submit(set).rejections.isEmpty)
            var removed = ChangeSet()
            removed.append(.setSetting(name: Array("note".utf8), value: []))
            #expect(try sink.submit(removed).rejections.isEmpty)
        }

        private static func head(_ directory: String) throws -> String {
            try TestProgram.run(["journal", "verify", "--data", directory]).output
        }
    }
}
