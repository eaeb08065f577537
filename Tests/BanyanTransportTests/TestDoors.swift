import BanyanAdmin
import BanyanResolver
import BanyanTestSupport
import BanyanTransport
import HandleProtocol
import Logging
import TLSChannel

/// Open doors before the index of the golden exchanges.
final class TestDoors: Sendable {
    static let loopback = IPAddress(v4: 0x7F00_0001)

    /// One index for all doors: nothing here changes it.
    private static let dataset = Result { try DatasetIndex() }

    /// Administration that answers at once, in one message.
    typealias Answering = @Sendable (_ request: [UInt8], _ peer: Peer, _ transport: TransportKind) -> [UInt8]?
    /// Administration that answers at once, in as many messages as it likes.
    typealias Paging = @Sendable (_ request: [UInt8], _ peer: Peer, _ transport: TransportKind) -> AdminAnswer?

    let transport: NodeTransport
    let bound: NodeTransport.BoundAddresses
    /// Of the first address.
    var port: UInt16 { bound.tcp[0].port }

    /// What is handed off stays without answer unless `administration` says otherwise.
    convenience init(
        _ listen: [Endpoint] = [Endpoint(address: loopback, port: 0)],
        administration: @escaping Answering = { _, _, _ in nil }, certificate: CertificateReload? = nil,
        configure: (inout TransportConfiguration) -> Void = { _ in }
    ) async throws {
        try await self.init(
            listen, paging: { administration($0, $1, $2).map { AdminAnswer($0) } }, certificate: certificate,
            configure: configure)
    }

    init(
        _ listen: [Endpoint] = [Endpoint(address: loopback, port: 0)], paging: @escaping Paging,
        connectionClosed: @escaping ConnectionEnd = { _ in }, certificate: CertificateReload? = nil,
        configure: (inout TransportConfiguration) -> Void = { _ in }
    ) async throws {
        var configuration = TransportConfiguration(listen: listen)
        configure(&configuration)
        transport = try NodeTransport(
            configuration, index: Self.dataset.get().index,
            administration: { request, peer, transport, completion in
                completion(paging(request, peer, transport))
            },
            connectionClosed: connectionClosed, certificate: certificate,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        bound = try await transport.start()
    }

    /// Waits until so many of these have been counted; workers tell their counts when their answers are out.
    func count(_ event: TransportEvent, reaches count: UInt64) async {
        while transport.counters[event] < count { await Task.yield() }
    }

    /// Opens doors, runs `body` before them, and closes them.
    static func with(
        administration: @escaping Answering = { _, _, _ in nil }, certificate: CertificateReload? = nil,
        configure: (inout TransportConfiguration) -> Void = { _ in }, _ body: (TestDoors) async throws -> Void
    ) async throws {
        try await run(
            try await TestDoors(administration: administration, certificate: certificate, configure: configure), body)
    }

    static func with(paging: @escaping Paging, _ body: (TestDoors) async throws -> Void) async throws {
        try await run(try await TestDoors(paging: paging), body)
    }

    private static func run(_ doors: TestDoors, _ body: (TestDoors) async throws -> Void) async throws {
        do {
            try await body(doors)
        } catch {
            await doors.transport.drain()
            throw error
        }
        await doors.transport.drain()
    }

    /// Shared by tests that change nothing.
    static let shared = Task { try await TestDoors() }
}

/// A resolution of a handle that the data set has.
func query(
    _ handle: String = "88.100.1/SN-000001", number: UInt32, version: ProtocolVersion = .current,
    flags: OpFlags = .usual
) -> [UInt8] {
    var body = ByteWriter()
    body.write(handle)
    body.write(UInt32(0))
    body.write(UInt32(0))
    return request(.resolution, body: body.bytes, number: number, version: version, flags: flags)
}

func request(
    _ opCode: OpCode, body: [UInt8], number: UInt32, version: ProtocolVersion = .current, flags: OpFlags = .usual
) -> [UInt8] {
    Message(
        envelope: Envelope(version: version, suggested: version, requestID: number, messageByteCount: 0),
        header: MessageHeader(opCode: opCode, flags: flags, expiration: 0), body: body, credential: .bytes([])
    ).bytes()
}

/// What an answer says first: whose it is, and how the request ended.
struct Verdict: Equatable {
    var number: UInt32
    var code: ResponseCode

    init(_ number: UInt32, _ code: ResponseCode) {
        self.number = number
        self.code = code
    }

    init?(_ answer: [UInt8]) {
        guard answer.count >= 44 else { return nil }
        number = answer.rawSpan.bigEndianUInt32(at: 8)
        code = ResponseCode(rawValue: answer.rawSpan.bigEndianUInt32(at: 24))
    }
}

/// The answer without what no two servers have alike: the expiration.
func masked(_ answer: [UInt8]) -> [UInt8] {
    guard answer.count >= 40 else { return answer }
    return answer[..<36] + [0, 0, 0, 0] + answer[40...]
}
