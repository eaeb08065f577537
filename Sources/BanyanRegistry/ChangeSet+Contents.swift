import HandleProtocol

extension ChangeSet {
    /// What a set says, for a sink that does not hand its bytes on.
    public struct Contents: Sendable {
        public var conflictRule: ConflictRule
        public var checkpoint: Checkpoint?
        /// Nil for those that only the node of a directory can make: states, settings and rules.
        public var changes: [Change?]
    }

    /// Reads the written form back.
    public func contents() throws(SubmissionError) -> Contents {
        let bytes = self.bytes
        do throws(WireError) {
            var reader = ByteReader(bytes.rawSpan)
            let head = try ChangeSetHead(parsing: &reader)
            let identity = head.identity.array
            var contents = Contents(
                conflictRule: head.conflictRule,
                checkpoint: identity.isEmpty
                    ? nil : Checkpoint(source: SourceIdentity(bytes: identity), position: head.position),
                changes: [])
            while !reader.isAtEnd { contents.changes.append(try Change.ofProtocol(ChangeView(parsing: &reader))) }
            return contents
        } catch {
            throw .malformedSet
        }
    }
}

extension Change {
    /// Nil for what the protocol has no request for.
    fileprivate static func ofProtocol(_ view: borrowing ChangeView) throws(WireError) -> Change? {
        let handle = view.handle.array
        let payload = view.payload
        switch view.operation {
        case .put where view.option == 0: return .put(handle: handle, values: payload.array)
        case .addValues:
            return .addValues(handle: handle, values: payload.array, overwrites: view.option == 1)
        case .modifyValues: return .modifyValues(handle: handle, values: payload.array)
        case .removeValues:
            var indexes: [UInt32] = []
            var reader = ByteReader(payload)
            while !reader.isAtEnd { indexes.append(try reader.readUInt32("index")) }
            return .removeValues(handle: handle, indexes: indexes)
        case .delete: return .delete(handle: handle)
        case .home: return .home(prefix: handle, caseRule: CaseRule(rawValue: view.option) ?? .insensitive)
        case .unhome: return .unhome(prefix: handle)
        default: return nil
        }
    }
}
