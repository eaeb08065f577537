import BanyanAdmin
import HTTPTypes
import HandleProtocol

/// One record: read, put, delete; and the list of a prefix's handles.
extension HandleAPIDoor {
    func answer(_ request: HandleCall, record handle: [UInt8]) async throws -> HandleAnswer {
        switch request.call.method {
        case .put: return try await put(request, handle)
        case .delete: return try await delete(request, handle)
        default:
            guard handle.isEmpty else { return try await resolve(request, handle) }
            guard let prefix = request.parameters.first("prefix") else {
                return HandleAnswer(.invalidHandle, "Empty handle invalid")
            }
            return try await list(request, under: prefix)
        }
    }

    // MARK: Reading

    /// Without credentials only what everyone may read, unless `publicOnly=false` says otherwise.
    private func resolve(_ request: HandleCall, _ handle: [UInt8]) async throws -> HandleAnswer {
        guard UTF8Text.isValid(handle.rawSpan) else { return HandleAnswer(.invalidHandle, "Invalid UTF8 encoding") }
        let parameters = request.parameters
        var flags: OpFlags = []
        if parameters.flag("publicOnly") ?? (request.caller == .anyone) { flags.insert(.publicOnly) }
        if parameters.flag("auth") ?? false { flags.insert(.authoritative) }
        if parameters.flag("doNotRefer") ?? false { flags.insert(.doNotRefer) }
        let query = Query(
            handle: handle, indexes: try parameters.indexes("index", handle: handle), types: parameters.all("type"))
        let outcome = try await perform(.resolution, .query(query), flags: flags, for: request)
        guard case .values(let found) = outcome.body else {
            guard outcome.code == .valuesNotFound else { return HandleAnswer(outcome, handle: handle) }
            return Self.noValues(handle)
        }
        // Secret keys never leave by this door, whoever asks.
        let values = found.values.filter { !$0.isSecret }
        guard !values.isEmpty || found.values.isEmpty else { return Self.noValues(handle) }
        return HandleAnswer(.success) { writer in
            writer.name("handle")
            writer.write(utf8: handle.rawSpan)
            writer.name("values")
            writer.writeValues(values)
        }
    }

    private static func noValues(_ handle: [UInt8]) -> HandleAnswer {
        HandleAnswer(.valuesNotFound, status: .ok, handle: handle) { writer in
            writer.name("values")
            writer.writeValues([])
        }
    }

    // MARK: Writing

    private func put(_ request: HandleCall, _ handle: [UInt8]) async throws -> HandleAnswer {
        let values = try values(of: request, handle)
        let parameters = request.parameters
        let overwrites = parameters.truth("overwrite") ?? true
        let body = HandleProtocol.RequestBody.values(ValuesRequest(handle: handle, values: values))
        if parameters.first("index") != nil { return try await putValues(request, handle, values) }
        var flags: OpFlags = overwrites ? .overwrite : []
        if parameters.truth("mintNewSuffix") ?? false { flags = .mint }
        let outcome = try await perform(.createHandle, body, flags: flags, for: request)
        guard outcome.code == .success else { return HandleAnswer(outcome, handle: handle) }
        var name = handle
        if flags == .mint, case .created(let created) = outcome.body { name = created.handle }
        return HandleAnswer(.success, status: outcome.flags.contains(.overwrite) ? .ok : .created, handle: name)
    }

    /// Adds or replaces just the values whose indexes are named, which have to be those of the body.
    private func putValues(
        _ request: HandleCall, _ handle: [UInt8], _ values: [HandleValue]
    ) async throws -> HandleAnswer {
        if request.parameters.text("index") != "various" {
            let named = try request.parameters.indexes("index", handle: handle)
            guard Set(named) == Set(values.map(\.index)) else {
                return HandleAnswer(.protocolError, "index: not the indexes of the values in the body", handle: handle)
            }
        }
        let overwrites = request.parameters.truth("overwrite") ?? true
        let outcome = try await perform(
            .addValue, .values(ValuesRequest(handle: handle, values: values)), flags: overwrites ? .overwrite : [],
            for: request)
        guard outcome.code == .success else { return HandleAnswer(outcome, handle: handle) }
        return HandleAnswer(.success, status: outcome.flags.contains(.overwrite) ? .ok : .created, handle: handle)
    }

    private func delete(_ request: HandleCall, _ handle: [UInt8]) async throws -> HandleAnswer {
        guard !handle.isEmpty else { return HandleAnswer(.invalidHandle, "Empty handle invalid") }
        let indexes = try request.parameters.indexes("index", handle: handle)
        let outcome =
            indexes.isEmpty
            ? try await perform(.deleteHandle, .handle(HandleRequest(handle: handle)), for: request)
            : try await perform(
                .removeValue, .removeValues(RemoveValuesRequest(handle: handle, indexes: indexes)), for: request)
        guard outcome.code == .success else { return HandleAnswer(outcome, handle: handle) }
        return HandleAnswer(.success, handle: handle)
    }

    /// The values of the body, and the handle there, if it names one, the same as the path's.
    private func values(of request: HandleCall, _ handle: [UInt8]) throws(HandleAnswer) -> [HandleValue] {
        guard !handle.isEmpty else { throw HandleAnswer(.invalidHandle, "Empty handle invalid") }
        let type = request.call.header(.contentType)?.lowercased() ?? ""
        guard type == "application/json" || type.hasPrefix("application/json;") else {
            throw HandleAnswer(.protocolError, "Content-Type: application/json is wanted", handle: handle)
        }
        var parser = RecordParser()
        var buffer = RecordBuffer()
        do throws(RecordError) { try parser.parseValues(request.body.rawSpan, into: &buffer) } catch {
            throw HandleAnswer(.protocolError, "\(error)", handle: handle)
        }
        let named = buffer.handle.bytes
        guard named.isEmpty || named == handle || Handle(named).folded() == Handle(handle).folded() else {
            throw HandleAnswer(.protocolError, "handle: not the handle of the path", handle: handle)
        }
        guard buffer.valueCount <= Limits.valueCount, let record = try? buffer.record() else {
            throw HandleAnswer(.invalidValue, "values: at most \(Limits.valueCount)", handle: handle)
        }
        return record.values
    }
}

extension HandleValue {
    /// The type, as types are compared: without regard to ASCII case.
    var foldedType: [UInt8] { type.map(HandleCase.fold) }

    /// Whether it is a secret key.
    var isSecret: Bool { foldedType == ValueType.secretKey }
}
