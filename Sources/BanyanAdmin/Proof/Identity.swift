import HandleProtocol

/// Who asks: a key or group member by its handle and index, as a challenge's answer, a session or a login names it.
///
/// The prefix is folded and the local name as it came, since administrator records are compared so (RFC-notes.md).
struct Identity: Hashable, Sendable {
    let handle: [UInt8]
    let index: UInt32

    init(_ reference: ValueReference) {
        handle = HandleCase.folded(reference.handle, rule: .sensitiveLocalName)
        index = reference.index
    }

    var reference: ValueReference { ValueReference(handle: handle, index: index) }
}

extension Identity: CustomStringConvertible {
    /// `INDEX:HANDLE`, as the journal names who did something.
    var description: String { reference.description }
}
