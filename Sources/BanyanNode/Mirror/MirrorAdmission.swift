import BanyanIndex
import BanyanRegistry
public import HandleProtocol

/// Who may replicate from this node besides its administrators: mirrors, and nothing else than that.
public struct MirrorAdmission: Sendable {
    private let directory: NodeDirectory

    public init(directory: NodeDirectory) { self.directory = directory }

    public func list() throws(NodeError) -> [ValueReference] { try read().references }

    /// Lets a mirror in that proves to be this; false when it may already.
    public func allow(_ mirror: ValueReference) throws(NodeError) -> Bool {
        try change { references in
            guard !references.contains(mirror) else { return false }
            references.append(mirror)
            return true
        }
    }

    /// Lets it in no more; false when it might not. A stream that has begun goes on until its connection ends.
    public func refuse(_ mirror: ValueReference) throws(NodeError) -> Bool {
        try change { references in
            let before = references.count
            references.removeAll { $0 == mirror }
            return references.count < before
        }
    }

    private func change(_ body: (inout [ValueReference]) -> Bool) throws(NodeError) -> Bool {
        var (references, sequence) = try read()
        guard body(&references) else { return false }
        var list = ByteWriter()
        if !references.isEmpty { ValueList(references: references).write(to: &list) }
        let name = Array(Hosting.replicationSetting.utf8)
        try ChangeSinks.open(directory: directory).apply(
            [.requireSetting(name: name, sequence: sequence), .setSetting(name: name, value: list.bytes)],
            source: "mirror allow")
        return true
    }

    private func read() throws(NodeError) -> (references: [ValueReference], sequence: UInt64) {
        let index = try directory.openIndex()
        do throws(IndexError) {
            let snapshot = try index.snapshot()
            let list = try snapshot.setting(Hosting.replicationSetting) ?? []
            let references = list.isEmpty ? [] : (try? ValueList(parsing: list.rawSpan))?.references
            guard let references else { throw .damagedMeta }
            return (references, try snapshot.settingSequence(Hosting.replicationSetting))
        } catch {
            throw .index(error)
        }
    }
}
