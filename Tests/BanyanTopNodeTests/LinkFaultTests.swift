import BanyanRegistry
import BanyanSync
import BanyanTestSupport
import BanyanTopNode
import Foundation
import OpenSSL
import TLSChannel
import Testing

@Suite("An upstream that does things wrong: nothing is lost, and nothing is done twice")
struct LinkFaultTests {
    @Test("each fault for a while, in each third answer", arguments: TopNodeFault.allCases)
    func faults(fault: TopNodeFault) async throws {
        let test = try await TestLink { $0.timeouts.answer = .milliseconds(300) }
        // An application takes four answers: a session that is forgotten sooner never gets to the end of one.
        test.top.setFault(fault, every: fault == .forgets ? 7 : 3)
        try await test.run { link in
            let prefixes = try (1...3).map { try test.pass($0) }
            let isStopper: Set<TopNodeFault> = [.silent, .garbage, .length, .truncated, .slow, .closed, .fails]
            if isStopper.contains(fault) {
                try await test.until("it showed") { link.status.failureCount > 0 }
                test.top.setFault(.none)
            }
            if fault == .repeats {
                // The same message comes until the queue lets go of it.
                try await test.until("a message") { try test.node.outbox.notices().count == 1 }
                try await test.until("told") { try test.node.outbox.waitingCount() == 0 }
                test.top.setFault(.none)
            }
            try await test.until("approved") { try prefixes.allSatisfy { try test.state($0) == .approved } }
            test.top.setFault(.none)
            try await test.until("taken") { test.top.register.queue.isEmpty }
            #expect(test.top.register.creationCounts.count == 6)
            #expect(test.top.register.creationCounts.values.allSatisfy { $0 == 1 })
            #expect(try test.node.outbox.notices().count == 3)
            #expect(try test.node.outbox.receipts().allSatisfy { $0.outcome == .pending })
        }
    }

    @Test("an upstream that is not there is tried again, and told when it is there")
    func gone() async throws {
        let node = try TestEnterprises()
        let away = try await TestLink(node: node) { $0.endpoint.port = 1 }
        let prefix = try away.pass(1)
        try await away.run { link in
            try await away.until("tried") {
                link.status.failureCount > 2 && link.status.state == .failed("the upstream cannot be reached")
            }
        }
        #expect(try node.outbox.waitingCount() == 1)
        let there = try await TestLink(node: node)
        try await there.run { _ in try await there.until("approved") { try there.state(prefix) == .approved } }
    }

    @Test("a certificate that has expired, or is another's, ends the handshake; a new one counts from the next on")
    func certificates() async throws {
        let test = try await TestLink()
        let folder = TopNodeFolder(
            path: URL(fileURLWithPath: test.top.configuration.logPath).deletingLastPathComponent().path)
        let good = test.top.configuration.security
        let now = Int64(Date().timeIntervalSince1970)
        let key = try PrivateKey(pem: SecretBytes(contentsOf: folder.keyPath))
        let expired = try Certificate.makeSelfSigned(
            key: key, names: [TopNodeFolder.name], start: now - 86_400 * 30, dayCount: 10)
        try Data(expired.pem()).write(to: URL(fileURLWithPath: folder.path + "/expired.pem"))
        var bad = good
        bad.certificateFile = folder.path + "/expired.pem"
        try test.top.reload(bad)
        try await test.run { link in
            let prefix = try test.pass(1)
            try await test.until("refused") { link.status.failureCount > 1 }
            guard case .failed(let reason) = link.status.state else { return }
            #expect(reason.contains("certificate") || reason.contains("connect"))
            #expect(test.top.register.enterprises.isEmpty)
            try test.top.reload(good)
            try await test.until("approved") { try test.state(prefix) == .approved }
        }
    }
}
