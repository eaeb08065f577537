public import BanyanIndex
import BanyanResolver
import HandleProtocol

/// Answers from a data directory with the node's own resolver, whether a node serves it or not.
public struct DirectoryAnswers: Sendable {
    private let index: HandleIndex

    public init(_ index: HandleIndex) { self.index = index }

    /// The whole answer's bytes, as a node would send them over TCP; nil where only a node can answer: to
    /// administrators, with signatures, inside sessions.
    public func answer(to request: [UInt8], at now: UInt32) throws(NodeError) -> [UInt8]? {
        var outcome = Outcome.drop
        var response: [UInt8] = []
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            var resolver = Resolver(handsOffSignatures: false)
            response = [UInt8](byteCapacity: Resolver.largestResponseByteCount) { output in
                outcome = resolver.answer(request.rawSpan, over: .stream, from: snapshot, at: now, into: &output)
            }
        } catch {
            throw .index(error)
        }
        guard case .reply = outcome else { return nil }
        return response
    }
}
