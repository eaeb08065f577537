import BanyanIndex
import BanyanRegistry
import BanyanResolver
import FuzzSupport
import HandleProtocol

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A resolver over an index with one handle of each kind, in a folder that nothing else uses. The folder is removed at
/// once: the index stays open and needs no name.
final class SmallNode {
    private var resolver = Resolver()
    private let registrar: Registrar
    private var snapshot: IndexSnapshot

    init() {
        var template = Array("/tmp/banyan-fuzz-XXXXXX".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let directory else { fatalError("no folder for the index") }
        do {
            registrar = try Registrar(directory: directory, access: .create, mapByteCount: 1 << 24)
            let result = try registrar.submit(Self.changes())
            if let rejection = result.rejections.first { fatalError("the index was refused: \(rejection)") }
            snapshot = try registrar.index.snapshot()
        } catch {
            fatalError("no index")
        }
        for name in ["data.mdb", "lock.mdb", "lock"] { unlink(directory + "/" + name) }
        rmdir(directory)
    }

    func answer(_ request: RawSpan, over transport: TransportKind, capacity: Int) -> (Outcome, [UInt8]) {
        var outcome = Outcome.drop
        let response = collect(capacity: capacity) { output in
            outcome = resolver.answer(request, over: transport, from: snapshot, at: Self.now, into: &output)
        }
        return (outcome, response)
    }

    static let now: UInt32 = 1_795_552_440
    static let homedPrefixes = ["88.100.1"]
    static let records: [(String, [HandleValue])] = [
        ("88.100.1/SN-000001", [value(1, "URL", "http://www.example.cn/"), value(2, "EMAIL", "o@x")]),
        ("88.100.1/PERMS", [value(1, "URL", "u"), value(2, "SECRET", "s", [.administratorRead])]),
        ("88.100.1/HIDDEN", [value(1, "NOBODY", "n", [])]),
        ("88.100.1/EMPTY", []),
        ("88.100.1/BIG", (1...40).map { value($0, "D", String(repeating: "x", count: 300)) }),
        ("0.NA/88.100.1", [value(1, "HS_SITE.PREFIX", "site"), value(2, "URL.A", "u")]),
    ]

    /// The same content, for the model.
    static let model = PlainModel(
        homedPrefixes: Set(homedPrefixes.map { Array($0.utf8) }),
        records: Dictionary(uniqueKeysWithValues: records.map { (Array($0.0.utf8), $0.1) }), siteSerial: 1, now: now)

    private static func changes() -> ChangeSet {
        let site = Site(
            serial: 1, flags: [.primary],
            servers: [
                SiteServer(
                    id: 1, address: SiteAddress(version4: 0x7F00_0001), publicKey: [],
                    interfaces: [ServiceInterface(service: [.query], transport: .tcp, port: 2_641)])
            ])
        var set = ChangeSet()
        set.append(.setSite(record: site.bytes, serverPosition: 0))
        for prefix in homedPrefixes {
            set.append(.home(prefix: Array(prefix.utf8), caseRule: .insensitive))
        }
        for (handle, values) in records { set.append(put(handle, values)) }
        return set
    }

    private static func put(_ handle: String, _ values: [HandleValue]) -> Change {
        var writer = ByteWriter()
        for value in values { value.write(to: &writer) }
        return .put(handle: Array(handle.utf8), values: writer.bytes)
    }

    private static func value(
        _ index: UInt32, _ type: String, _ data: String, _ permissions: Permission = .usual
    ) -> HandleValue {
        HandleValue(
            index: index, timestamp: 1, permissions: permissions, type: Array(type.utf8), data: Array(data.utf8))
    }
}
