import BanyanIndex
import BanyanRegistry
public import BanyanTransport
import HandleCrypto
public import HandleProtocol
import OpenSSL

/// The node's own site record.
public struct SiteAdministration: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    /// The record, and which of its servers this node is, from 0 on.
    public func show() throws(NodeError) -> (site: Site, serverPosition: Int) {
        let record: [UInt8]
        let position: Int
        let index = try directory.openIndex()
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            record = snapshot.siteRecord.array
            position = snapshot.site.serverPosition
        } catch {
            throw .index(error)
        }
        do throws(WireError) { return (try Site(parsing: record.rawSpan), position) } catch {
            throw .damaged("the node's own site record: \(error)")
        }
    }

    /// The public key of this node as PEM text.
    public func publicKey() throws(NodeError) -> [UInt8] {
        let (site, position) = try show()
        do {
            return try PublicKey.parse(value: site.servers[position].publicKey).pem()
        } catch {
            throw .damaged("the public key in the node's own site record: \(error)")
        }
    }

    /// Writes other addresses or another key into the record, raises its serial, and puts the new record in place of
    /// the old one wherever a prefix's record here holds it: one change set. A new key needs the node to be stopped,
    /// since a serving one signs with the key that it has read.
    @discardableResult
    public func set(advertising endpoints: [Endpoint], serverKeyFile: String?) throws(NodeError) -> Site {
        let (old, position) = try show()
        var site = old
        site.serial = old.serial == UInt16.max - 1 ? 1 : old.serial + 1
        if !endpoints.isEmpty {
            let described = SiteDescription.site(advertising: endpoints, publicKey: [])
            site.servers[position].address = described.servers[0].address
            site.servers[position].interfaces = described.servers[0].interfaces
            site.setAlternativeAddresses(described.attributes, ofServer: site.servers[position].id)
        }
        var newKey: PrivateKey?
        if let serverKeyFile {
            let key = try PrivateKeyStore.serverKey(inFile: serverKeyFile)
            site.servers[position].publicKey = try PrivateKeyStore.publicValue(of: key, path: serverKeyFile)
            newKey = key
        }
        try apply(site, position: position, insteadOf: old, newKey: newKey)
        return site
    }

    private func apply(_ site: Site, position: Int, insteadOf old: Site, newKey: PrivateKey?) throws(NodeError) {
        let sink: any ChangeSink
        if newKey != nil {
            sink = try directory.openRegistrar(mapByteCount: nil)
        } else {
            sink = try ChangeSinks.open(directory: directory)
        }
        var changes: [Change] = [.setSite(record: site.bytes, serverPosition: position)]
        for listing in try PrefixAdministration(directory: directory).list(sharing: sink) {
            let values = listing.values.filter { $0.type == ValueTypeName.site && $0.data == old.bytes }
            guard !values.isEmpty else { continue }
            let replaced = values.map { value in
                HandleValue(
                    index: value.index, timeToLive: value.timeToLive, permissions: value.permissions,
                    type: value.type, data: site.bytes, references: value.references)
            }
            changes.append(.modifyValues(handle: listing.handle, values: replaced.wireBytes))
        }
        if let newKey { try PrivateKeyStore.write(newKey, to: directory.serverKeyPath, isNew: false) }
        try sink.apply(changes, source: "site set")
    }
}

extension Site {
    /// Puts the further addresses of one server in place of those that the record has: `alt_addr` where it is alone,
    /// `alt_addr.ID` otherwise.
    mutating func setAlternativeAddresses(_ alternatives: [Attribute], ofServer id: UInt32) {
        let name = servers.count == 1 ? "alt_addr" : "alt_addr.\(id)"
        attributes.removeAll { $0.name == Array(name.utf8) }
        attributes += alternatives.map { Attribute(name: Array(name.utf8), value: $0.value) }
    }
}
