/// What the rules pass over, each with its reason. A row without use fails its test as well, so this file only
/// shrinks by itself.
enum Exceptions {
    /// Where unchecked memory may be touched: the islands. What is proven on each stands in RFC-notes.md.
    static let islands = [
        "Sources/HandleProtocol/Wire/ByteReader.swift",
        "Sources/HandleProtocol/Wire/ByteWriter.swift",
        "Sources/HandleProtocol/Wire/ScratchBytes.swift",
        "Sources/LMDB/",
        "Sources/OpenSSL/",
        "Sources/BanyanTransport/UDP/AnswerBatch.swift",
        "Sources/ByteStreams/",
        "Sources/BanyanTransport/UDP/DatagramBatch.swift",
        "Sources/BanyanTransport/UDP/DatagramSocket.swift",
        "Sources/BanyanTransport/RawAddress.swift",
        "Sources/BanyanTransport/TCP/Poll.swift",
        "Sources/BanyanTransport/TCP/StreamSocket.swift",
        "Sources/BanyanResolver/LookupTable.swift",
        "Sources/BanyanNode/System",
    ]

    /// Each C module has one caller: the overlay that owns its pointers. CLinux is ours and takes no ownership.
    static let callers = [
        "CLMDB": ["LMDB"], "COpenSSL": ["OpenSSL"], "CZlib": ["ByteStreams"],
        "CLinux": [
            "LMDB", "BanyanIndex", "BanyanResolver", "BanyanRegistry", "BanyanAdmin", "BanyanTransport", "BanyanNode",
            "BanyanBench",
        ],
    ]

    /// External modules, by module of ours.
    static let externals: [String: Set<String>] = [
        "TLSChannel": ["NIOCore"],
        "HandleClient": ["NIOCore", "NIOPosix"],
        "BanyanRegistry": ["Logging", "Metrics"],
        "BanyanAdmin": ["Logging"],
        "BanyanTransport": ["NIOCore", "NIOPosix", "ServiceLifecycle", "Logging", "Metrics"],
        "BanyanSync": ["Logging", "NIOCore", "NIOPosix"],
        "BanyanTopNode": ["NIOCore", "NIOPosix"],
        "BanyanHTTP": [
            "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOHTTPTypes", "NIOCore", "NIOPosix", "ServiceLifecycle",
            "Logging",
        ],
        "BanyanSNMS": ["Hummingbird", "HTTPTypes", "NIOCore", "Logging"],
        "BanyanBench": ["NIOCore", "NIOPosix"],
        "BanyanNode": ["ServiceLifecycle", "UnixSignals", "Logging", "Metrics"],
        "banyan": ["ArgumentParser", "UnixSignals"],
    ]

    /// What belongs to the language and its C library, open to every module.
    static let languageModules: Set<String> = ["Swift", "Synchronization", "Glibc", "Musl", "Darwin", "Dispatch"]

    /// Pure modules: no Foundation, so that neither its allocations nor its loggers reach the hot path.
    static let withoutFoundation: Set<String> = ["HandleProtocol", "LMDB", "BanyanIndex", "BanyanResolver"]

    /// Files over 400 lines: tables that would only be harder to read in pieces.
    static let longFiles: [String: String] = [:]

    /// Functions over 70 lines, "path name".
    static let longFunctions: [String: String] = [:]

    /// Source files that no test names, by path or folder, with the reason.
    static let untested: [String: String] = [:]

    /// Text that cannot be folded at 120 columns.
    static let longLines: [String: String] = [
        "README.md": "prose", "README.zh-CN.md": "prose", "RFC-notes.md": "tables", "SECURITY.md": "tables",
        "CHANGELOG.md": "prose", "deploy/openapi.json": "made from the table of routes", "deploy/HANDBOOK.md": "tables",
        "deploy/HANDBOOK.zh-CN.md": "tables",
        "LICENSE": "as published",
    ]
}
