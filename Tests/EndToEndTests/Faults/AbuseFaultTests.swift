import BanyanNode
import BanyanRegistry
import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

extension Faults {
    @Suite("Abuse: memory stays bounded, one network's flood is not felt by another")
    struct AbuseFaultTests {
        @Test("a hundred connections that each hold most of a message cost no more than the common bound")
        func incompleteMessages() throws {
            let made = try MadeNode()
            try made.register(["here"])
            let node = try made.serve("--set", "limits.incomplete=1MiB")
            #expect(node.see("here") == .data(MadeNode.data(of: "here")))
            let before = try node.anonymousByteCount()
            var writer = ByteWriter()
            Envelope(version: .current, requestID: 1, messageByteCount: 260_000).write(to: &writer)
            let part = writer.bytes + [UInt8](repeating: 1, count: 200_000)
            var held: [TestSocket] = []
            for _ in 0..<100 {
                let socket = try TestSocket.stream(to: node.tcpPort)
                // The node may close before it has taken everything.
                try? socket.send(part)
                held.append(socket)
            }
            #expect(node.see("here") == .data(MadeNode.data(of: "here")))
            #expect(try node.anonymousByteCount() - before < 16 << 20)
            #expect(node.terminate() == 0)
        }

        @Test(
            "check names a prefix's record whose public values need more than four datagrams"
        )
        func longPrefixRecord() throws {
            let made = try MadeNode()
            let sink = try ChangeSinks.open(directory: NodeDirectory(made.directory))
            var set = ChangeSet()
            var writer = ByteWriter()
            HandleValue.text(String(repeating: "x", count: 2_000), index: 50).write(to: &writer)
            set.append(.addValues(handle: Array("0.NA/88.118.8".utf8), values: writer.bytes))
            #expect(try sink.submit(set).rejections.isEmpty)
            let output = try made.run("check").output
            #expect(output.contains("warning: 0.NA/88.118.8: its public values need"), "\(output)")
            #expect(output.contains("more than the 1968"))
        }

        @Test("doctor names what is to be mended, with the clause that asks for it")
        func doctor() throws {
            let made = try MadeNode()
            let before = try made.run("doctor")
            #expect(before.status == 1)
            #expect(before.output.contains("mend  archive: the journal is not archived"))
            #expect(before.output.contains("good  settings and keys"))
            #expect(before.output.contains("[8.1.4.9 数据备份恢复]"))
            try made.folder.setMode(0o777, of: "data")
            let text = "limits.exempt = [\"10.0.0.0/8\"]\nlimits.dry-run = true\n"
            try made.folder.write(Array(text.utf8), to: "data/banyan.toml")
            try made.folder.setMode(0o666, of: "data/banyan.toml")
            let node = try made.serve()
            let points = try made.run("doctor", "--json").output.split(separator: "\n")
                .compactMap { JSONTree(parsing: Array($0.utf8)[...]) }
            let mend = Set(points.filter { $0["state"].string == "mend" }.compactMap { $0["point"].string })
            #expect(
                mend.isSuperset(of: ["data directory", "configuration", "limits.exempt", "limits.dry-run", "archive"]))
            #expect(points.contains { $0["point"].string == "descriptors" })
            #expect(node.terminate() == 0)
        }

        @Test(
            "rates hold by network, and a dry run counts only (network namespaces)", .enabled(if: Namespace.isPermitted)
        )
        func networks() throws {
            let made = try MadeNode()
            let script = """
                mount -t tmpfs none /run && mkdir -p /run/netns || exit 9
                ip netns add far && ip link add near type veth peer name far netns far || exit 9
                ip addr add 10.9.1.1/24 dev near && ip addr add 10.9.2.1/24 dev near && ip link set near up
                ip link set lo up
                ip netns exec far sh -c 'ip addr add 10.9.1.2/24 dev far && ip addr add 10.9.2.2/24 dev far \
                    && ip link set far up' || exit 9
                node() {
                    rm -f "$2/ready"
                    "$1" serve --data "$2/data" --listen 0.0.0.0:2641 --workers 2 --ready-file "$2/ready" \
                        --set limits.rate=1 --set limits.burst=20 --set limits.dry-run=$3 2>/dev/null &
                    serving=$!
                    while [ ! -s "$2/ready" ]; do kill -0 $serving || exit 9; done
                }
                echo 0.NA/88.118.8 > "$2/keys.txt"
                flood() {
                    ip netns exec far "$1" bench resolve --server "$3:2641" --allow-target "$3:2641" \
                        --keys "$2/keys.txt" --requests 400 --window 8 --warm-up 0 --timeout 0.02 --json
                }
                node "$1" "$2" false
                flood "$1" "$2" 10.9.1.1
                ip netns exec far "$1" resolve 88.118.8 --server 10.9.2.1:2641 --udp >/dev/null; echo "neighbour $?"
                "$1" stat --data "$2/data" --json; kill $serving; wait
                node "$1" "$2" true
                flood "$1" "$2" 10.9.1.1
                "$1" stat --data "$2/data" --json; kill $serving; wait
                """
            let (status, output) = try Namespace.run(script, [TestProgram.path(), made.folder.path])
            guard status != 9 else { return print("virtual networks cannot be made here: \(output)") }
            #expect(output.contains("neighbour 0\n"), "\(output)")
            let events = output.split(separator: "\n").compactMap { line in
                JSONTree(parsing: Array(line.utf8)[...])?["serving"]["events"]
            }.filter { !$0.isNull }
            try #require(events.count == 2, "\(output)")
            let answered = events.map { $0["datagram_requests_answered"].integer ?? -1 }
            #expect(answered[0] < 60, "a burst of 20 for the address, and a question of the neighbour")
            #expect((events[0]["limited_dropped"].integer ?? 0) > 100)
            #expect(output.contains("10.9.1.0/24"), "the network is named")
            #expect(answered[1] >= 400)
            #expect((events[1]["limited_in_dry_run"].integer ?? 0) > 300)
            #expect(events[1]["limited_dropped"].integer == 0)
        }
    }
}

extension TestNode {
    /// Resident memory that no file backs.
    fileprivate func anonymousByteCount() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1_024
    }
}
