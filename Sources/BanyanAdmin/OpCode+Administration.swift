import HandleProtocol

extension OpCode {
    /// Operations on one handle, which their body names first.
    var changesHandle: Bool {
        switch self {
        case .createHandle, .deleteHandle, .addValue, .removeValue, .modifyValue: true
        default: false
        }
    }

    /// Operations that an interface for queries does not take (RFC 3651 §3.2.2).
    var isAdministrative: Bool {
        switch self {
        case .listHandles, .listDerivedPrefixes, .homePrefix, .unhomePrefix, .listHomedPrefixes, .nextTransactionID,
            .retrieveTransactions, .dumpHandles:
            true
        default:
            changesHandle
        }
    }

    /// What mirrors ask for.
    var isReplication: Bool {
        self == .nextTransactionID || self == .retrieveTransactions || self == .dumpHandles
    }

    /// What `Operations` does.
    var isOperation: Bool {
        switch self {
        case .resolution, .listHandles, .listDerivedPrefixes, .homePrefix, .unhomePrefix, .listHomedPrefixes,
            .checkpoint, .retrieveTransactions, .dumpHandles:
            true
        default:
            changesHandle
        }
    }
}
