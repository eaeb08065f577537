public import BanyanIndex

/// What a cache in front of the index needs to know. Called on the commit thread, which waits for it.
///
/// Batches are numbered from 1. A cache stores n with every key that batch n changes before its commit, and publishes n
/// after it: an entry filled under an older number then never counts as current, without a lock.
public protocol CommitObserver: Sendable {
    /// Batch `number` is about to be committed; `keys` are what it changes. It may still fail: then
    /// `didCommit` is not called for this number.
    func willCommit(batch number: UInt64, changing keys: consuming ChangedKeys)

    /// Batch `number` is durable and visible; its results are given out after this call.
    func didCommit(batch number: UInt64)
}
