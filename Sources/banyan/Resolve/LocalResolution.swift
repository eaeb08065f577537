import BanyanIndex
import BanyanResolver
import HandleClient
import HandleProtocol

/// Answers from a data directory, with the node's own resolver and without a node.
struct LocalResolution {
    private let index: HandleIndex

    init(directory: String) throws(Failure) {
        do throws(IndexError) {
            index = try HandleIndex(directory: directory, access: .readOnly)
        } catch {
            throw Failure(.storage, "\(directory): \(error)")
        }
    }

    /// The answer's bytes. A query for what only administrators may read has no answer here: nobody can be
    /// challenged.
    func answer(_ request: Message, at now: UInt32) throws(Failure) -> [UInt8] {
        let bytes = request.bytes()
        var outcome = Outcome.drop
        var response: [UInt8] = []
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            var resolver = Resolver(handsOffSignatures: false)
            response = [UInt8](byteCapacity: Resolver.largestResponseByteCount) { output in
                outcome = resolver.answer(bytes.rawSpan, over: .stream, from: snapshot, at: now, into: &output)
            }
        } catch {
            throw Failure(.storage, "\(error)")
        }
        guard case .reply = outcome else {
            throw Failure(.negative, "these values are for administrators: ask a node, or leave out --all")
        }
        return response
    }
}
