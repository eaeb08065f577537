import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanResolver
import BanyanTestSupport
import HandleProtocol
import Testing

@Suite("Recorded registrations, said again (RFC 3652 §3.5, §3.6, §3.7)")
struct RecordedFlowTests {
    /// Answered otherwise here, on purpose (RFC-notes.md).
    private static let different: Set<String> = ["create-udp", "list-udp", "list-derived-106"]

    @Test(
        "every flow gets the recorded answers, and leaves the recorded values",
        arguments: ["admin", "list", "naming-authority", "verify-challenge"])
    func replay(file: String) throws {
        let node = try ServiceOverDataset()
        let flows = try RecordedFlow.all(in: file).filter { !Self.different.contains($0.name) }
        for (position, flow) in flows.enumerated() {
            if let set = flow.preparation { _ = try node.registrar.submit(set) }
            try flow.replay { request in
                node.answers(request, over: flow.transport == "udp" ? .datagram : .stream)
            } check: { vector, live, recorded in
                let difference = try RecordedFlow.difference(live, recorded, in: vector)
                #expect(difference == nil, "\(vector)")
            }
            // The next flow's state before is this one's after, where nothing was left out between the two.
            guard position + 1 < flows.count, flow.handle == flows[position + 1].handle,
                let sequence = flow.steps.last?.fields["seq"].integer,
                flows[position + 1].steps[0].fields["seq"].integer == sequence + 1,
                let expected = flows[position + 1].stateBefore, let handle = flow.handle
            else { continue }
            #expect(try node.values(of: handle) == unstamped(expected), "after \(flow)")
        }
    }

    private func unstamped(_ bytes: [UInt8]) throws -> [HandleValue] {
        var reader = ByteReader(bytes.rawSpan)
        var values: [HandleValue] = []
        while !reader.isAtEnd {
            var value = try HandleValue(parsing: &reader)
            value.timestamp = 0
            values.append(value)
        }
        return values
    }
}

extension ServiceOverDataset {
    /// The stored values without their times.
    func values(of handle: [UInt8]) throws -> [HandleValue] {
        var key = IndexKey()
        _ = key.set(handle.rawSpan, caseRule: .insensitive)
        let snapshot = try registrar.index.snapshot()
        guard let record = try snapshot.record(for: key) else { return [] }
        var reader = ByteReader(record.values)
        var values: [HandleValue] = []
        while !reader.isAtEnd {
            var value = try HandleValue(parsing: &reader)
            value.timestamp = 0
            values.append(value)
        }
        return values
    }
}
