import BanyanAdmin
import BanyanIndex
import HTTPTypes
import HandleProtocol
public import Hummingbird
import NIOCore
import Synchronization

/// Search by value, as the reverse look-up servlet beside handle.net servers has it: `GET /hrls/handles?URL=*x*`,
/// answered by an array of handles that have such a value for each of the types named.
///
/// Reads record after record, in short snapshots, one search at a time; for who may list what is searched. Values that
/// not everyone may read are not looked at.
public struct ReverseLookupDoor: HTTPDoor {
    /// Records that one search reads at most.
    static let recordCountMax = 20_000_000
    /// Handles in one answer.
    static let foundCountMax = 10_000
    private static let stepCount = 1_000

    private let administration: AdminService
    private let index: HandleIndex
    private let authentication: HandleAuthentication
    private let isSearching = SearchTurn()

    public init(_ api: HandleAPIDoor) {
        administration = api.administration
        index = api.index
        authentication = api.authentication
    }

    public func takes(_ path: Substring) -> Bool { path == "/hrls/handles" || path == "/hrls/handles/" }

    public func respond(to call: HTTPCall) async throws -> Response {
        guard call.method == .get else { throw ProblemResponse.methodNotAllowed([.get]) }
        do {
            let caller = try await authentication.caller(of: call, handle: nil)
            var conditions: [ValueCondition] = []
            let parameters = try call.parameters()
            for pair in parameters.pairs where !["limit", "page", "prefix"].contains(pair.name) {
                conditions.append(ValueCondition(type: pair.name, pattern: pair.value))
            }
            guard !conditions.isEmpty, conditions.count <= 16 else {
                throw HandleAnswer(.protocolError, "a type and what its value is like are wanted, as in URL=*x*")
            }
            let prefix = parameters.text("prefix").flatMap { Prefix($0) }
            let door = self
            let wanted = conditions
            let found = try await call.work { try door.search(wanted, under: prefix, for: caller) }
            var writer = JSONWriter()
            writer.beginArray()
            for handle in found { writer.write(utf8: handle.rawSpan) }
            writer.endArray()
            return Response(
                status: .ok, headers: [.contentType: "application/json;charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
        } catch var answer as HandleAnswer {
            if answer.status == .unauthorized, call.takesCredentials, answer.headers[.wwwAuthenticate] == nil {
                answer = try await authentication.challenged(answer, call)
            }
            return answer.response(in: HandleAnswerFormat(), for: call)
        }
    }

    private func search(_ conditions: [ValueCondition], under prefix: Prefix?, for caller: Caller) throws -> [[UInt8]] {
        do throws(AdminOutcome) {
            _ = try administration.names(under: prefix?.handle.bytes, for: caller)
        } catch {
            throw HandleAnswer(error, handle: nil)
        }
        guard isSearching.begin() else { throw HandleAnswer(.serverTooBusy, "One search at a time") }
        defer { isSearching.end() }
        var range = prefix.map { RecordRange.handles(under: $0.bytes) } ?? .all
        var found: [[UInt8]] = []
        var readCount = 0
        while readCount < Self.recordCountMax, found.count < Self.foundCountMax {
            guard let last = try step(range, conditions, &found) else { break }
            range = range.continuing(after: last)
            readCount += Self.stepCount
        }
        return found
    }

    /// Reads the next records; the last key, nil where nothing is left.
    private func step(
        _ range: RecordRange, _ conditions: [ValueCondition], _ found: inout [[UInt8]]
    ) throws -> [UInt8]? {
        let snapshot = try index.snapshot()
        var walk = try snapshot.records(in: range)
        for position in 1...Self.stepCount {
            guard let entry = try walk.next() else { return nil }
            let isInUse = entry.record.flags.isDisjoint(with: .inactive)
            let areMet = isInUse && conditions.allSatisfy { $0.isMet(by: entry.record.values) }
            if areMet, UTF8Text.isValid(entry.name) { found.append(entry.name.array) }
            if position == Self.stepCount { return entry.key.array }
        }
        return nil
    }
}

/// One search at a time: each reads the whole index.
private final class SearchTurn: Sendable {
    private let isTaken = Atomic(false)
    func begin() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }
    func end() { isTaken.store(false, ordering: .releasing) }
}

/// A type, and what its value is like: `*` stands for any bytes, everything else for itself, in any ASCII case.
struct ValueCondition: Sendable {
    private let type: [UInt8]
    private let parts: [[UInt8]]

    init(type: String, pattern: [UInt8]) {
        self.type = Array(type.utf8)
        parts = pattern.map(HandleCase.fold).split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
            .prefix(64).map(Array.init)
    }

    /// Whether one of the values, of those that everyone may read, is so.
    func isMet(by values: RawSpan) -> Bool {
        var list = ValueListView(values)
        do throws(WireError) {
            while let value = try list.next() {
                guard value.permissions.contains(.publicRead), HandleCase.areEqual(value.type, type.rawSpan),
                    matches(value.data.array.map(HandleCase.fold))
                else { continue }
                return true
            }
        } catch {
            return false
        }
        return false
    }

    private func matches(_ data: [UInt8]) -> Bool {
        guard let first = parts.first, let last = parts.last else { return true }
        guard parts.count > 1 else { return data == first }
        guard data.starts(with: first), data.count >= first.count + last.count, data.suffix(last.count) == last[...]
        else { return false }
        var rest = data[first.count..<(data.count - last.count)]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
