public import HandleProtocol

/// What an administrator asks for (RFC 3652 §3.6, §3.7; DO-IRP 3.0).
public enum AdministrativeRequest: Sendable, Equatable {
    /// With `mints` the server puts a suffix behind the name.
    case create(HandleRecord, overwrites: Bool = false, mints: Bool = false)
    case add(HandleRecord, overwrites: Bool = false)
    case modify(HandleRecord)
    case remove(handle: [UInt8], indexes: [UInt32])
    case delete(handle: [UInt8])
    /// The handles of a prefix.
    case listHandles(Prefix)
    /// The prefixes below a prefix.
    case listDerivedPrefixes(Prefix)
    case listHomedPrefixes
    case home(Prefix)
    case unhome(Prefix)
    /// Values that only administrators may read.
    case resolve(Query, authoritative: Bool = false)

    /// The request as a message.
    /// - Parameter now: Seconds since 1970.
    public func message(at now: UInt32) -> Message {
        var flags: OpFlags = [.usual, .keepAlive]
        let (opCode, body) = content
        switch self {
        case .create(_, let overwrites, let mints):
            if overwrites { flags.insert(.overwrite) }
            if mints { flags.insert(.mint) }
        case .add(_, overwrites: true): flags.insert(.overwrite)
        case .resolve(_, let authoritative):
            flags.remove(.publicOnly)
            if authoritative { flags.insert(.authoritative) }
        default: break
        }
        return ClientRequest.administration(opCode, body, flags: flags, at: now)
    }

    private var content: (OpCode, RequestBody) {
        switch self {
        case .create(let record, _, _): (.createHandle, Self.values(record))
        case .add(let record, _): (.addValue, Self.values(record))
        case .modify(let record): (.modifyValue, Self.values(record))
        case .remove(let handle, let indexes):
            (.removeValue, .removeValues(RemoveValuesRequest(handle: handle, indexes: indexes)))
        case .delete(let handle): (.deleteHandle, .handle(HandleRequest(handle: handle)))
        case .listHandles(let prefix): (.listHandles, Self.prefix(prefix))
        case .listDerivedPrefixes(let prefix): (.listDerivedPrefixes, Self.prefix(prefix))
        case .listHomedPrefixes: (.listHomedPrefixes, .handle(HandleRequest()))
        case .home(let prefix): (.homePrefix, Self.prefix(prefix))
        case .unhome(let prefix): (.unhomePrefix, Self.prefix(prefix))
        case .resolve(let query, _): (.resolution, .query(query))
        }
    }

    private static func values(_ record: HandleRecord) -> RequestBody {
        .values(ValuesRequest(handle: record.handle, values: record.values))
    }

    private static func prefix(_ prefix: Prefix) -> RequestBody {
        .handle(HandleRequest(handle: prefix.handle.bytes))
    }
}
