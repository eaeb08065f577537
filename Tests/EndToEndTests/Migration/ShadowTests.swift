import BanyanTestSupport
import Foundation
import HandleProtocol
import Testing

@Suite("Answering captured traffic beside the old server")
struct ShadowTests {
    /// Behind everything that tests register.
    private static var soon: UInt32 { UInt32(Date().timeIntervalSince1970) + 600 }

    @Test("what clients would get otherwise is reported, request by request; what is the same is counted")
    func datagrams() throws {
        let server = try OldServer(handleCount: 20)
        #expect(try server.start().status == 0)
        for isIPv6 in [false, true] {
            var capture = TestCapture(isIPv6: isIPv6, at: Self.soon)
            for number in 0..<20 {
                try capture.ask(
                    Question(handle: "88.118.8/SN-\(number)", requestID: UInt32(100 + number)), of: server.node)
            }
            try capture.ask(Question(handle: "88.118.8/NONE", requestID: 7), of: server.node)
            try capture.ask(Question(handle: "88.999/NONE", requestID: 8), of: server.node)
            try server.folder.write(capture.bytes, to: "same.pcap")
            let same = try server.migrate("shadow", "--capture", server.folder.path + "/same.pcap", "--json")
            #expect(same.status == 0, "\(same.output)\(same.error)")
            #expect(same.output.contains(#""requests":22,"same":22,"different":0"#), "\(same.output)")
        }
        try server.put(["SN-3", "NEW"], text: "https://other.cn")
        #expect(try server.administer("delete", "88.118.8/SN-5").status == 0)
        var capture = TestCapture(at: Self.soon)
        for (number, name) in ["SN-3", "NEW", "SN-5", "SN-6"].enumerated() {
            try capture.ask(Question(handle: "88.118.8/\(name)", requestID: UInt32(number + 1)), of: server.node)
        }
        capture.datagram(Question(handle: "88.118.8/SN-6", requestID: 99).bytes, isToServer: true)
        try server.folder.write(capture.bytes, to: "other.pcap")
        let other = try server.migrate("shadow", "--capture", server.folder.path + "/other.pcap")
        #expect(other.status == 1)
        #expect(other.output.contains("88.118.8/SN-3: value 1: data"))
        #expect(other.output.contains("88.118.8/NEW: code 100 here, 1 there"))
        #expect(other.output.contains("88.118.8/SN-5: code 1 here, 100 there"))
        #expect(!other.output.contains("SN-6"))
        #expect(other.error.contains("1 without an answer"))
    }

    @Test("messages of streams are found in any split, sent twice or not")
    func streams() throws {
        let server = try OldServer(handleCount: 2)
        #expect(try server.start().status == 0)
        let question = Question(handle: "88.118.8/SN-1", requestID: 5)
        let socket = try TestSocket.stream(to: server.node.tcpPort)
        try socket.send(question.bytes)
        let answer = socket.readMessage()
        var capture = TestCapture(at: Self.soon)
        for isToServer in [true, false] { capture.segment([], isToServer: isToServer, isStart: true) }
        for byte in question.bytes { capture.segment([byte], isToServer: true) }
        capture.segment(Array(answer.prefix(30)), isToServer: false)
        capture.segment(Array(answer.prefix(30)), isToServer: false, again: true)
        capture.segment(Array(answer.dropFirst(30)), isToServer: false)
        try server.folder.write(capture.bytes, to: "stream.pcap")
        let result = try server.migrate("shadow", "--capture", server.folder.path + "/stream.pcap", "--json")
        #expect(result.output.contains(#""requests":1,"same":1"#), "\(result.output)")
    }

    @Test("what is no capture is refused; one that was cut off is read as far as it goes", arguments: [0, 10, 60, 500])
    func damaged(byteCount: Int) throws {
        let server = try OldServer(handleCount: 2)
        #expect(try server.start().status == 0)
        var capture = TestCapture(at: Self.soon)
        for number in 0..<9 {
            try capture.ask(Question(handle: "88.118.8/SN-1", requestID: UInt32(number + 1)), of: server.node)
        }
        try server.folder.write(Array(capture.bytes.prefix(byteCount)), to: "cut.pcap")
        let cut = try server.migrate("shadow", "--capture", server.folder.path + "/cut.pcap")
        #expect(cut.status == (byteCount < 24 ? 2 : 0), "\(cut.error)")
        var generator = SeededGenerator(seed: UInt64(byteCount))
        for _ in 0..<5 {
            var garbage = capture.bytes
            for _ in 0..<20 {
                garbage[Int.random(in: 24..<garbage.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            try server.folder.write(garbage, to: "garbage.pcap")
            let read = try server.migrate("shadow", "--capture", server.folder.path + "/garbage.pcap")
            #expect([0, 1, 2].contains(read.status), "\(read.error)")
        }
    }
}
