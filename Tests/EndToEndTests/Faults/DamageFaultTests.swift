import BanyanTestSupport
import Glibc
import Testing

extension Faults {
    @Suite("Damaged data files: found, named, and never answered from")
    struct DamageFaultTests {
        private static let names = (0..<300).map { "damaged-\($0)" }
        private static let pageByteCount = 4_096

        enum Damage: CaseIterable {
            case zeroed, swapped, flipped
        }

        @Test(
            "whatever page is zeroed, swapped or flipped: no wrong value is answered, and check finds what is wrong",
            arguments: FaultRounds.rounds(usual: 2), Damage.allCases)
        func pages(round: Int, damage: Damage) throws {
            let made = try MadeNode()
            try made.register(Self.names)
            var bytes = try made.folder.read("data/data.mdb")
            var random = SeededGenerator(seed: UInt64(round))
            // The first two pages say which of them counts; those behind hold the trees.
            let pages = 2..<bytes.count / Self.pageByteCount
            let page = Int.random(in: pages, using: &random)
            let start = page * Self.pageByteCount
            let range = start..<start + Self.pageByteCount
            switch damage {
            case .zeroed: bytes.replaceSubrange(range, with: [UInt8](repeating: 0, count: Self.pageByteCount))
            case .swapped:
                let other = Int.random(in: pages, using: &random) * Self.pageByteCount
                let content = Array(bytes[other..<other + Self.pageByteCount])
                bytes.replaceSubrange(other..<other + Self.pageByteCount, with: Array(bytes[range]))
                bytes.replaceSubrange(range, with: content)
            case .flipped:
                for _ in 0..<8 {
                    bytes[Int.random(in: range, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                }
            }
            try made.folder.write(bytes, to: "data/data.mdb")

            let checked = try made.run("check", "--full")
            // A page that no tree uses may hold anything.
            let isSound = checked.status == 0
            if !isSound {
                #expect([1, 5].contains(checked.status))
                #expect(checked.output.contains("problem: "), "\(checked.output)")
            }
            guard let node = try? made.serve() else { return #expect(!isSound) }
            for name in Self.names {
                let seen = node.see(name)
                if case .data(let data) = seen { #expect(data == MadeNode.data(of: name)) } else { #expect(!isSound) }
                if seen == .nothing { break }
            }
        }

        @Test("a file that was cut off while it was served ends the node; it starts again only by command")
        func startsOnlyByCommand() throws {
            let made = try MadeNode()
            try made.register(Self.names)
            let node = try made.serve()
            node.kill()
            var bytes = try made.folder.read("data/data.mdb")
            for place in 2 * Self.pageByteCount..<bytes.count { bytes[place] = 0 }
            try made.folder.write(bytes, to: "data/data.mdb")
            let result = try made.run("serve", "--listen", "127.0.0.1:0")
            #expect(result.status == 5)
            #expect(result.error.contains("damaged"), "\(result.error)")
            #expect(result.error.contains("--despite-damage"))
        }

        @Test("a start after an end by signal looks through the index first, and serves when it is sound")
        func soundAfterSignal() throws {
            let made = try MadeNode()
            try made.register(Self.names)
            #expect(!made.hasMark)
            let first = try made.serve()
            #expect(made.hasMark)
            first.kill()
            #expect(made.hasMark)
            let second = try made.serve()
            #expect(second.log.contains("ended without taking leave"))
            #expect(second.see(Self.names[7]) == .data(MadeNode.data(of: Self.names[7])))
            #expect(second.terminate() == 0)
            #expect(!made.hasMark)
            #expect(try !made.serve().log.contains("ended without taking leave"))
        }
    }
}

extension MadeNode {
    /// Whether the directory says that a node serves it, or ended without taking leave.
    fileprivate var hasMark: Bool { access(directory + "/serving", F_OK) == 0 }
}
