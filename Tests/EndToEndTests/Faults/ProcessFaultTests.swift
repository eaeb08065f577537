import BanyanIndex
import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import Glibc
import HandleProtocol
import Testing

extension Faults {
    @Suite("Clocks, descriptors and signals at the wrong moment (faults)")
    struct ProcessFaultTests {
        @Test("the wall clock may jump both ways: registration, proofs and the journal's order hold")
        func clock() throws {
            let made = try MadeNode()
            try made.addAdministrator("310:0.NA/88.118.8", secret: "for the test")
            let faults = try FaultLibrary()
            let node = try made.serve(faults)
            let administrator = TestAdministrator("310:0.NA/88.118.8", secret: "for the test")
            let year: Int64 = 365 * 86_400
            for (number, offset) in [0, 10 * year, -10 * year, 86_400, -1].enumerated() {
                let socket = try TestSocket.stream(to: node.tcpPort)
                let values = [HandleValue.text("x", index: 1)]
                let request = TestAdministrator.request(
                    .createHandle, .values(ValuesRequest(handle: MadeNode.handle("\(number)"), values: values)),
                    flags: [.usual, .keepAlive])
                let challenge = try socket.ask(request)
                // Between a challenge and its answer: its time is that of the monotonic clock.
                try faults.shiftClock(by: offset)
                #expect(try socket.ask(administrator.proof(to: challenge)).header.responseCode == .success)
                #expect(node.see("\(number)") == .data(Array("x".utf8)))
                #expect(try Question(handle: "88.118.8/\(number)").code(overUDP: node) == 1)
            }
            #expect(node.terminate() == 0)
            #expect(try TestProgram.run(["journal", "verify", "--data", made.directory]).status == 0)
            #expect(try made.run("check", "--full").status == 0)
        }

        @Test("without descriptors nothing ends: datagrams are answered, and connections again when there are some")
        func descriptors() throws {
            let made = try MadeNode()
            try made.register(["here"])
            let node = try made.serve()
            let held = try (0..<8).map { _ in try TestSocket.stream(to: node.tcpPort) }
            for socket in held {
                try socket.send(Question(handle: "88.118.8/here").bytes)
                #expect(!socket.readMessage().isEmpty)
            }
            // Below what it has open: every accept fails.
            try node.limit("--nofile=8:")
            let waiting = try (0..<4).map { _ in try TestSocket.stream(to: node.tcpPort) }
            for socket in waiting { try socket.send(Question(handle: "88.118.8/here").bytes) }
            for _ in 0..<50 { #expect(try Question(handle: "88.118.8/here").code(overUDP: node) == 1) }
            try held[0].send(Question(handle: "88.118.8/here").bytes)
            #expect(!held[0].readMessage().isEmpty)
            try node.limit("--nofile=1024:")
            for socket in waiting { #expect(!socket.readMessage().isEmpty) }
            #expect(node.terminate() == 0)
        }

        @Test(
            "SIGTERM at any moment of start and work ends the node with 0, or by the signal before it listens to it",
            arguments: FaultRounds.rounds(usual: 6))
        func terminate(round: Int) throws {
            let made = try MadeNode()
            try made.register(["here"])
            let child = try TestChild(
                TestProgram.path(), ["serve", "--data", made.directory, "--listen", "127.0.0.1:0"],
                output: made.folder.path + "/output", error: made.folder.path + "/error")
            // Another moment each time: so many looks at a file that is not there.
            for _ in 0..<round * round * 400 { _ = access(made.directory + "/none", F_OK) }
            child.signal(SIGTERM)
            #expect([0, 128 + SIGTERM].contains(child.wait()))
            let node = try made.serve()
            #expect(node.see("here") == .data(MadeNode.data(of: "here")))
            #expect(node.terminate() == 0)
            #expect(try made.run("check", "--full").status == 0)
        }

        @Test("SIGTERM in the middle of a load: the node ends with 0, and what was acknowledged is there")
        func terminateWhileWriting() throws {
            signal(SIGPIPE, SIG_IGN)
            let made = try MadeNode()
            let node = try made.serve()
            let sink = try ChangeSinks.open(directory: NodeDirectory(made.directory))
            var acknowledged = 0
            while acknowledged < 2_000 {
                if acknowledged == 40 { node.child.signal(SIGTERM) }
                var set = ChangeSet(onConflict: .replace)
                set.append(MadeNode.put("\(acknowledged)"))
                guard (try? sink.submit(set))?.created == 1 else { break }
                acknowledged += 1
            }
            #expect(acknowledged >= 40 && acknowledged < 2_000)
            #expect(node.child.wait() == 0)
            let again = try made.serve()
            for number in 0..<acknowledged { #expect(again.see("\(number)") == .data(MadeNode.data(of: "\(number)"))) }
        }

        @Test("a configuration that is cut off anywhere is read, or refused with its line; never anything else")
        func truncatedConfiguration() throws {
            let made = try MadeNode()
            let text =
                try made.folder.read("data/banyan.toml")
                + Array("\n[limits]\nidle = \"60s\"\nexempt = [\"10.0.0.0/8\"]\n".utf8)
            for count in 0...text.count {
                do throws(ConfigurationError) {
                    _ = try Configuration(parsing: Array(text[..<count]), file: "banyan.toml")
                } catch {
                    #expect("\(error)".hasPrefix("banyan.toml:"))
                }
            }
            try made.folder.write(Array(text.dropLast(3)), to: "data/banyan.toml")
            let result = try made.run("serve", "--listen", "127.0.0.1:0")
            #expect(result.status == 2)
            #expect(result.error.contains("banyan.toml:"))
        }

        @Test("a reader that was killed keeps pages only until the node looks for such readers")
        func staleReaders() async throws {
            let made = try MadeNode()
            let directory = made.directory
            let registrar = try Registrar(directory: directory)
            func rewrite() throws -> Int {
                let before = try made.folder.read("data/data.mdb").count
                for number in 0..<300 {
                    var set = ChangeSet(onConflict: .replace)
                    set.append(MadeNode.put("\(number % 3)"))
                    set.append(.delete(handle: MadeNode.handle("\(number % 3)")))
                    _ = try registrar.submit(set)
                }
                return try made.folder.read("data/data.mdb").count - before
            }
            _ = try rewrite()
            let usual = try rewrite()
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                let snapshot = try HandleIndex(directory: directory, access: .readOnly).snapshot()
                kill(getpid(), SIGKILL)
                _ = snapshot.site
            }
            #expect(try rewrite() > usual + 1 << 20, "the dead reader is felt")
            try registrar.index.clearDeadReaders()
            _ = try rewrite()
            #expect(try rewrite() < usual + 1 << 19)
        }
    }
}

extension TestSocket {
    fileprivate func ask(_ message: Message) throws -> Message {
        try send(message.bytes())
        return try Message(parsing: readMessage().rawSpan)
    }
}
