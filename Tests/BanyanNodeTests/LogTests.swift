import BanyanNode
import Logging
import Synchronization
import Testing

@Suite("Log: one JSON object a line")
struct LogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func logger(writingTo lines: Lines) -> Logger {
        let repetitions = LogRepetitions()
        return Logger(label: "banyan.test") { label in
            JSONLogHandler(label: label, level: .info, repetitions: repetitions) { line in
                lines.all.withLock { $0.append(line) }
            }
        }
    }

    @Test("control characters and quotes cannot end a line or a string")
    func escapes() throws {
        let lines = Lines()
        logger(writingTo: lines).info("a\"b\n\u{1B}c", metadata: ["key": "x\ny"])
        let line = try #require(lines.all.withLock { $0 }.first)
        #expect(line.hasSuffix("\n"))
        #expect(line.dropLast().allSatisfy { !$0.isNewline })
        #expect(line.contains(#""message":"a\"b\n\u001bc""#))
        #expect(line.contains(#""key":"x\ny""#))
        #expect(line.contains(#""level":"info""#))
    }

    @Test("a field has at most 256 bytes, cut between characters")
    func bounds() throws {
        let lines = Lines()
        logger(writingTo: lines).info("\(String(repeating: "榕", count: 200))")
        let line = try #require(lines.all.withLock { $0 }.first)
        #expect(line.utf8.count < 400)
        #expect(line.contains("榕…\""))
    }

    @Test("the same fault twice in a second is one line; other faults, and good news, are not held back")
    func repetitions() {
        let lines = Lines()
        let logger = logger(writingTo: lines)
        for _ in 0..<100 { logger.error("disk failed") }
        logger.error("disk full")
        for _ in 0..<3 { logger.info("served") }
        let count = lines.all.withLock { $0.count { $0.contains("disk failed") } }
        #expect(count < 100)
        #expect(lines.all.withLock { $0.count { $0.contains("disk full") } } == 1)
        #expect(lines.all.withLock { $0.count { $0.contains("served") } } == 3)
    }
}
