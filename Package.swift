// swift-tools-version: 6.2
// The map of the house, bottom up: a target depends only on targets above it in this file.
// Names tell what a module is: Handle… is the Handle System, useful to anyone; bare names are overlays of other
// people's libraries; C… is C; Banyan… is this node.
import PackageDescription

let languageSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
/// Tests leave strict memory safety out: the testing library's macros expand to code that it warns of.
let testSettings = languageSettings + [.enableUpcomingFeature("MemberImportVisibility")]
let settings = testSettings + [.strictMemorySafety()]

/// For BanyanTransport alone: where it is compiled as a whole, the members of the C library's socket structures count
/// as those of a C module inside SwiftNIO, which nobody can import.
let socketSettings = languageSettings + [.strictMemorySafety()]

/// A Swift target with the settings that all of ours share.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    settings: [SwiftSetting] = settings
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// The tests of one module: its name and "Tests".
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["BanyanTestSupport"], swiftSettings: testSettings)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "banyan",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "HandleProtocol", targets: ["HandleProtocol"]),
        // For Fuzz/, which is a package of its own.
        .library(name: "BanyanResolver", targets: ["OpenSSL", "BanyanIndex", "BanyanRegistry", "BanyanResolver"]),
        .executable(name: "banyan", targets: ["banyan"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: other people's libraries, and what Glibc's module lacks.
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),

        // Ground: bytes and names; overlays.
        module("HandleProtocol"),
        module("LMDB", ["CLMDB", "CLinux"]),
        module("OpenSSL", ["COpenSSL"]),
        module("ByteStreams", ["CZlib"]),

        // Store and cryptography.
        module("HandleCrypto", ["HandleProtocol", "OpenSSL"]),
        module("TLSChannel", ["OpenSSL", nioCore]),
        module("BanyanIndex", ["HandleProtocol", "LMDB", "OpenSSL", "CLinux"]),

        // Service: answers, the one way to write, administration, asking others.
        module("BanyanResolver", ["HandleProtocol", "BanyanIndex", "OpenSSL", "CLinux"]),
        module(
            "BanyanRegistry",
            ["HandleProtocol", "OpenSSL", "HandleCrypto", "LMDB", "BanyanIndex", "CLinux", logging, metrics]),
        module(
            "BanyanAdmin",
            [
                "HandleProtocol", "HandleCrypto", "OpenSSL", "BanyanIndex", "BanyanResolver", "BanyanRegistry",
                "CLinux", logging,
            ]),
        module("HandleClient", ["HandleProtocol", "OpenSSL", "HandleCrypto", "TLSChannel", nioCore, nioPosix]),

        // Doors: datagrams and streams; records in bulk; HTTP.
        module(
            "BanyanTransport",
            [
                "HandleProtocol", "OpenSSL", "TLSChannel", "HandleClient", "BanyanIndex", "BanyanResolver",
                "BanyanAdmin", "CLinux", nioCore, nioPosix, lifecycle, logging, metrics,
            ], settings: socketSettings),
        module(
            "BanyanSync",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "TLSChannel", "HandleClient", "BanyanIndex",
                "BanyanRegistry", logging, nioCore, nioPosix,
            ]),
        module("BanyanTopNode", ["HandleProtocol", "OpenSSL", "TLSChannel", "BanyanSync", nioCore, nioPosix]),
        module("BanyanBulk", ["HandleProtocol", "OpenSSL", "ByteStreams", "BanyanIndex", "BanyanRegistry"]),
        module(
            "BanyanHTTP",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "BanyanIndex", "BanyanResolver", "BanyanRegistry",
                "BanyanAdmin", "TLSChannel", "BanyanTransport", hummingbird, hummingbirdCore, httpTypes,
                nioHTTPTypes, nioCore, nioPosix, lifecycle, logging,
            ]),
        module(
            "BanyanSNMS",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "BanyanIndex", "BanyanRegistry", "BanyanAdmin",
                "BanyanTransport", "BanyanHTTP", hummingbird, httpTypes, nioCore, logging,
            ]),

        // The node, its measures, its verbs.
        module(
            "BanyanNode",
            [
                "HandleProtocol", "HandleCrypto", "LMDB", "OpenSSL", "BanyanIndex", "BanyanResolver",
                "BanyanRegistry", "BanyanAdmin", "TLSChannel", "HandleClient", "BanyanTransport", "BanyanSync",
                "BanyanBulk", "BanyanHTTP", "BanyanSNMS", "ByteStreams", "CLinux", lifecycle, signals, logging, metrics,
            ]),
        module(
            "BanyanBench",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "HandleClient", "LMDB", "BanyanIndex",
                "BanyanResolver", "BanyanRegistry", "BanyanTransport", "CLinux", nioCore, nioPosix,
            ],
            exclude: ["Peers"]),
        .executableTarget(
            name: "banyan",
            dependencies: [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "BanyanIndex", "BanyanResolver", "BanyanRegistry",
                "HandleClient", "TLSChannel", "BanyanTransport", "BanyanSync", "BanyanTopNode", "BanyanBulk",
                "BanyanNode", "BanyanBench", arguments, signals,
            ],
            swiftSettings: settings),

        // Tests mirror Sources.
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .target(
            name: "BanyanTestSupport",
            dependencies: [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "HandleClient", "BanyanIndex", "BanyanRegistry", nioCore,
                nioPosix,
            ],
            path: "Tests/BanyanTestSupport",
            swiftSettings: settings),
        tests("HandleProtocol", ["HandleProtocol"]),
        tests("LMDB", ["HandleProtocol", "LMDB"]),
        tests("OpenSSL", ["OpenSSL"]),
        tests("ByteStreams", ["ByteStreams"]),
        tests("HandleCrypto", ["HandleProtocol", "OpenSSL", "HandleCrypto"]),
        tests("TLSChannel", ["OpenSSL", "TLSChannel", nioCore, nioPosix]),
        tests("BanyanIndex", ["HandleProtocol", "LMDB", "BanyanIndex"]),
        tests(
            "BanyanResolver",
            ["HandleProtocol", "LMDB", "BanyanIndex", "BanyanResolver", "BanyanRegistry", "CAllocations"]),
        tests("BanyanRegistry", ["HandleProtocol", "LMDB", "BanyanIndex", "BanyanRegistry"]),
        tests(
            "BanyanAdmin",
            [
                "HandleProtocol", "HandleCrypto", "OpenSSL", "BanyanIndex", "BanyanResolver", "BanyanRegistry",
                "BanyanAdmin", logging,
            ]),
        tests(
            "HandleClient",
            ["HandleProtocol", "OpenSSL", "HandleCrypto", "TLSChannel", "HandleClient", nioCore, nioPosix]),
        tests(
            "BanyanTransport",
            [
                "HandleProtocol", "OpenSSL", "TLSChannel", "BanyanResolver", "BanyanAdmin", "BanyanTransport", logging,
                nioCore,
            ]),
        tests(
            "BanyanSync",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "HandleClient", "BanyanIndex", "BanyanResolver",
                "BanyanRegistry", "BanyanAdmin", "BanyanTransport", "BanyanSync", logging, nioCore, nioPosix,
            ]),
        tests(
            "BanyanTopNode",
            [
                "HandleProtocol", "OpenSSL", "TLSChannel", "BanyanIndex", "BanyanRegistry", "BanyanSync",
                "BanyanTopNode", logging,
            ]),
        tests("BanyanBulk", ["HandleProtocol", "ByteStreams", "BanyanIndex", "BanyanRegistry", "BanyanBulk"]),
        tests(
            "BanyanHTTP",
            [
                "HandleProtocol", "BanyanRegistry", "BanyanTransport", "BanyanHTTP", hummingbird, httpTypes, nioCore,
                logging,
            ]),
        tests("BanyanNode", ["HandleProtocol", "BanyanIndex", "BanyanTransport", "BanyanNode", logging]),
        tests("BanyanBench", ["HandleProtocol", "HandleClient", "BanyanBench", nioCore, nioPosix]),
        // The real binary over real sockets.
        tests(
            "Conformance",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "HandleClient", "BanyanIndex", "BanyanRegistry",
                "BanyanNode", "banyan",
            ]),
        tests(
            "EndToEnd",
            [
                "HandleProtocol", "OpenSSL", "HandleCrypto", "BanyanIndex", "BanyanRegistry", "BanyanNode", "banyan",
            ]),
        // The tree's own rules.
        tests("Tidy"),
    ]
)
