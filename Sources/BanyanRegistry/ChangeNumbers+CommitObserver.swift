public import BanyanIndex

extension ChangeNumbers: CommitObserver {
    public func willCommit(batch number: UInt64, changing keys: consuming ChangedKeys) {
        while let key = keys.next() { willChange(key: key, in: number) }
    }

    public func didCommit(batch number: UInt64) { didCommit(number) }
}
