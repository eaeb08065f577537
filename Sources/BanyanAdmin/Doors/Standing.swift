import BanyanRegistry
import HandleProtocol

/// What the role of a user or a token comes to for one request: whether it stands for the administrators of what the
/// request is about, and for those of the server.
struct Standing: Sendable {
    var administersRecord = false
    var administersServer = false

    init(of principal: Principal, for request: Message) {
        guard let operation = request.header.opCode.accessOperation else { return }
        administersServer = principal.role != .enterprise && principal.may(operation)
        var reader = ByteReader(request.body.rawSpan)
        guard let handle = try? reader.readBytes("handle").array else { return }
        // The record of a prefix says who administers it: it is the operator's to change.
        let isReading = operation == .read || operation == .list
        guard isReading || principal.role == .operator || !Handle(handle).isPrefix else { return }
        administersRecord = principal.may(operation, under: Principal.prefix(of: handle))
    }
}

extension OpCode {
    /// What has to be allowed for it.
    fileprivate var accessOperation: AccessOperation? {
        switch self {
        case .resolution: .read
        case .createHandle: .create
        case .addValue, .modifyValue, .removeValue: .update
        case .deleteHandle: .delete
        case .listHandles, .listDerivedPrefixes, .listHomedPrefixes: .list
        case .homePrefix, .unhomePrefix: .prefix
        default: nil
        }
    }
}
