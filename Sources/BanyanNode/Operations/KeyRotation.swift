public import HandleClient
import HandleCrypto
public import HandleProtocol
import OpenSSL

/// Puts an administrator's new key in the place of the old one, over the protocol, so that at no moment neither works:
///
///  1. The new key is added beside the old one, with an HS_ADMIN value that lets it change the handle.
///  2. Whoever has the new key proves it, and in that session puts it in the place of the old one: the same index, so
///     that all that names the administrator still does.
///  3. The new key is proven in its place, and what was added for it is removed.
///
/// Broken off anywhere, the same call goes on: the record tells how far it came.
public struct KeyRotation: Sendable {
    public enum Step: Sendable, Equatable {
        case added(index: UInt32)
        case proven
        case replaced
        case cleared
    }

    private let server: ServerAddress
    private let identity: ValueReference
    private let old: ClientAuthentication.Key
    private let new: ClientAuthentication.Key
    private let client: ClientOptions
    private let progress: @Sendable (Step) -> Void

    public init(
        server: ServerAddress, identity: ValueReference, from old: ClientAuthentication.Key,
        to new: ClientAuthentication.Key, client: ClientOptions = ClientOptions(),
        progress: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.server = server
        self.identity = identity
        self.old = old
        self.new = new
        self.client = client
        self.progress = progress
    }

    /// Why a rotation ended; what was done stands, and both keys are still where the text says.
    public enum Failure: Error, Sendable {
        case client(ClientError)
        /// The server's answer to a step.
        case refused(step: String, ResponseCode)
        /// The record, or a key, is not what a rotation needs.
        case unfit(String)
    }

    public func run() async throws(Failure) {
        let data = try newData()
        var values = try await record(as: old, or: new)
        guard let place = values.first(where: { $0.index == identity.index }) else {
            throw .unfit("the administrator's handle has no value at index \(identity.index)")
        }
        guard place.type == keyType else {
            throw .unfit("the value at index \(identity.index) is not \(String(decoding: keyType, as: UTF8.self))")
        }
        if place.data != data {
            var spare = values.first { $0.data == data && $0.index != identity.index && $0.type == keyType }
            if spare == nil {
                spare = try await addBeside(place, data, values)
                progress(.added(index: spare?.index ?? 0))
                values.append(contentsOf: spare.map { [$0] } ?? [])
            }
            guard let spare else { throw .unfit("the new key could not be added") }
            try await replace(place, by: data, as: ValueReference(handle: identity.handle, index: spare.index))
            progress(.replaced)
        }
        try await clear(data)
    }

    private var keyType: [UInt8] { if case .secret = new { ValueType.secretKey } else { ValueType.publicKey } }

    /// The new key as a value holds it.
    private func newData() throws(Failure) -> [UInt8] {
        switch new {
        case .secret(let secret): return secret.exposed
        case .privateKey(let key):
            guard let half = try? key.publicKey(), let record = try? PublicKeyRecord(half) else {
                throw .unfit("the new key is of a kind that no value holds")
            }
            return record.bytes
        }
    }

    // MARK: Steps

    private func addBeside(
        _ place: HandleValue, _ data: [UInt8], _ values: [HandleValue]
    ) async throws(Failure) -> HandleValue {
        let taken = Set(values.map(\.index))
        var free = (identity.index + 1..<UInt32(Int32.max)).lazy.filter { !taken.contains($0) }.makeIterator()
        guard let keyIndex = free.next(), let administratorIndex = free.next() else { throw .unfit("no index is free") }
        var key = place
        (key.index, key.data, key.timestamp) = (keyIndex, data, 0)
        var writer = ByteWriter()
        AdminRecord(
            permissions: [.modifyValue, .removeValue, .removeAdministrator, .readValue],
            administrator: ValueReference(handle: identity.handle, index: keyIndex)
        ).write(to: &writer)
        let administrator = HandleValue(
            index: administratorIndex, permissions: place.permissions.union([.administratorRead, .administratorWrite]),
            type: ValueType.administrator, data: writer.bytes)
        let session = try await open(as: identity, old)
        try await perform(
            .add(HandleRecord(handle: identity.handle, values: [key, administrator])), in: session,
            step: "add the new key")
        await session.close()
        return key
    }

    private func replace(_ place: HandleValue, by data: [UInt8], as spare: ValueReference) async throws(Failure) {
        let session = try await open(as: spare, new)
        progress(.proven)
        var value = place
        (value.data, value.timestamp) = (data, 0)
        try await perform(
            .modify(HandleRecord(handle: identity.handle, values: [value])), in: session,
            step: "put the new key in the old one's place")
        await session.close()
    }

    /// Removes the spare key and its HS_ADMIN, as the new key in its place: which so is proven there.
    private func clear(_ data: [UInt8]) async throws(Failure) {
        let values = try await record(as: new, or: new)
        let spares = values.filter { $0.data == data && $0.index != identity.index && $0.type == keyType }.map(\.index)
        let administrators = values.filter { value in
            guard value.type == ValueType.administrator, let record = try? AdminRecord(parsing: value.data.rawSpan)
            else { return false }
            return record.administrator.handle == identity.handle && spares.contains(record.administrator.index)
        }
        guard !spares.isEmpty else { return progress(.cleared) }
        let session = try await open(as: identity, new)
        try await perform(
            .remove(handle: identity.handle, indexes: spares + administrators.map(\.index)), in: session,
            step: "remove what was added")
        await session.close()
        progress(.cleared)
    }

    // MARK: Sessions

    private func open(
        as identity: ValueReference, _ key: ClientAuthentication.Key
    ) async throws(Failure) -> AdministrationSession {
        var options = SessionOptions()
        options.client = client
        // A secret key goes over the network.
        options.encrypts = true
        do throws(ClientError) {
            return try await AdministrationSession.open(
                to: server, authentication: ClientAuthentication(identity, key: key), options: options)
        } catch {
            throw .client(error)
        }
    }

    @discardableResult
    private func perform(
        _ request: AdministrativeRequest, in session: AdministrationSession, step: String
    ) async throws(Failure) -> Administration.Reply {
        let reply: Administration.Reply
        do throws(ClientError) { reply = try await session.perform(request) } catch { throw .client(error) }
        guard reply.responseCode == .success else {
            await session.close()
            throw .refused(step: step, reply.responseCode)
        }
        return reply
    }

    /// The administrator's whole record, by the first of the keys that proves him.
    private func record(
        as key: ClientAuthentication.Key, or other: ClientAuthentication.Key
    ) async throws(Failure) -> [HandleValue] {
        let session: AdministrationSession
        do throws(Failure) {
            session = try await open(as: identity, key)
        } catch {
            guard case .client(let reason) = error, case .identityRefused = reason.code else { throw error }
            session = try await open(as: identity, other)
        }
        let reply = try await perform(
            .resolve(Query(handle: identity.handle), authoritative: true), in: session, step: "read the record")
        await session.close()
        guard case .values(let answer) = reply.answer.body else { throw .unfit("the record cannot be read") }
        return answer.values
    }
}

extension KeyRotation.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .client(let error): "\(error)"
        case .refused(let step, let code):
            "the server does not \(step) (code \(code.rawValue)); the old key is untouched unless it was replaced "
                + "before, and the same command goes on"
        case .unfit(let reason): reason
        }
    }
}
