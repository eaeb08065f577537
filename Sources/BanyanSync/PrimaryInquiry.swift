public import BanyanIndex
internal import Foundation
public import HandleClient
public import HandleProtocol

/// What is to be known of a primary before it is followed.
public enum PrimaryInquiry {
    /// Its site record, over TCP.
    public static func site(of server: ServerAddress) async throws(ClientError) -> Site {
        var options = ClientOptions()
        options.transport = .streamOnly
        let request = ClientRequest.siteInformation(at: UInt32(clamping: Int64(Date().timeIntervalSince1970)))
        let reply = try await Client(options: options).send(request, to: ServerEndpoint(server))
        guard case .site(let bytes) = reply.answer.body, let site = try? Site(parsing: bytes.rawSpan) else {
            throw ClientError(.malformedAnswer, server: server)
        }
        return site
    }

    /// What its journal is chained with; nil for a server that is no node of our kind.
    /// - Throws: `ReplicationRefusal` where it does not let us in.
    public static func chainAlgorithm(of replication: Replication) async throws -> ChainAlgorithm? {
        let whole = MirrorPosition.whole
        let resume = DumpRequest.ResumePoint(handle: [], table: NodeStream.prefixesTable)
        do {
            return try await replication.stream(of: .dump(DumpRequest(mirror: whole, resume: resume))) { reader in
                try await reader.chainAlgorithm()
            }
        } catch let refusal as ReplicationRefusal where refusal.isOfReference {
            return nil
        } catch let error as ClientError where error.code == .malformedAnswer {
            return nil
        }
    }
}

extension ReplicationReader {
    fileprivate mutating func chainAlgorithm() async throws -> ChainAlgorithm? {
        let format = try await next(isSigned: { _ in false }) { reader throws(WireError) in
            try reader.readUInt32("format")
        }
        guard format == NodeStream.contentFormat, case .chainAlgorithm(let algorithm) = try await nextRecord() else {
            return nil
        }
        return ChainAlgorithm(rawValue: algorithm)
    }
}

extension ReplicationRefusal {
    /// What a server says that takes our questions for malformed.
    var isOfReference: Bool {
        code == .error || code == .protocolError || code == .operationNotSupported
    }
}
