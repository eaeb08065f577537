internal import BanyanIndex
internal import HandleProtocol
internal import OpenSSL

/// Whose a handle is.
enum Route {
    /// Answered here. False when the name is too long to have been registered.
    case ours(isKeyable: Bool)
    /// A server of this site, by the site's hash (RFC 3651 §3.2.2).
    case otherServer
    case otherSite
    /// Ours, but the operator has taken the prefix out of service.
    case suspended
    /// The server's own state, for its administrators.
    case status
}

extension Resolver {
    /// Folds the name into the key and finds whose it is.
    ///
    ///  1. In a site of several servers each answers for its share only.
    ///  2. `P/x` is ours when `P` is homed here, whatever its prefix record says: clients find sites through the
    ///     record, not through us.
    ///  3. `0.NA/P`, the record of a prefix, is ours when `0.NA` is homed, or `P`, or a prefix above it. It is served
    ///     while `P` is suspended.
    mutating func route(_ handle: RawSpan, in snapshot: borrowing IndexSnapshot) -> Route {
        let site = snapshot.site
        let isKeyable = key.set(handle, caseRule: .insensitive)
        if site.serverCount > 1 {
            let isPrefixAlone = key.isPrefixHandle && handle.byteCount < key.name.byteCount
            guard position(isPrefixAlone: isPrefixAlone, in: site) == site.serverPosition else { return .otherServer }
        }
        if key.isPrefixHandle {
            return isResponsibleForRecord(in: snapshot) ? .ours(isKeyable: isKeyable) : .otherSite
        }
        guard let prefix = snapshot.prefix(key.prefix) else { return isStatus ? .status : .otherSite }
        guard prefix.state == .active else { return .suspended }
        guard prefix.caseRule != .insensitive else { return .ours(isKeyable: isKeyable) }
        return .ours(isKeyable: key.set(handle, caseRule: prefix.caseRule))
    }

    private func isResponsibleForRecord(in snapshot: borrowing IndexSnapshot) -> Bool {
        if snapshot.prefix(key.prefix) != nil { return true }
        var prefix = key.localName
        while snapshot.prefix(prefix) == nil {
            guard let dot = prefix.lastOffset(of: UInt8(ascii: ".")) else { return false }
            prefix = prefix.extracting(first: dot)
        }
        return true
    }

    private var isStatus: Bool { key.name.equalsIgnoringCase("0.SITE/STATUS") }

    /// The position of the server that has the name in the key (RFC 3651 §3.2.2). A prefix asked for without `0.NA/`
    /// counts as it was spelt.
    private func position(isPrefixAlone: Bool, in site: SiteSummary) -> Int {
        let digest: DigestValue
        switch site.hashOption {
        case .prefix: digest = digests.digest(key.prefix, algorithm: .md5)
        case .localName: digest = digests.digest(key.localName, algorithm: .md5)
        case .handle: digest = digests.digest(isPrefixAlone ? key.localName : key.name, algorithm: .md5)
        }
        return HashOption.position(
            lastDigestBytes: digest.bytes.bigEndianUInt32(at: 12), serverCount: site.serverCount)
    }
}
