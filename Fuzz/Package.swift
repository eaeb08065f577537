// swift-tools-version: 6.2
// Fuzz targets: bytes in, one property out. A package of its own, so that nobody who only runs the node builds it.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]
let handleProtocol: Target.Dependency = .product(name: "HandleProtocol", package: "banyan")

let resolver: Target.Dependency = .product(name: "BanyanResolver", package: "banyan")

/// A target named after what it feeds. libFuzzer brings `main`; the target is the function that it calls.
func fuzz(_ name: String, _ dependencies: [Target.Dependency] = [handleProtocol]) -> Target {
    .executableTarget(name: "Fuzz" + name, dependencies: dependencies + ["FuzzSupport"], swiftSettings: settings)
}

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "banyan", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .target(name: "FuzzSupport", swiftSettings: settings),
        fuzz("Envelope"),
        fuzz("Message"),
        fuzz("Records"),
        fuzz("Fragments"),
        // Compiles the framer's own file, by a link: all of BanyanTransport would take minutes.
        fuzz("Framer", [handleProtocol, .product(name: "NIOCore", package: "swift-nio")]),
        fuzz("Resolver", [handleProtocol, resolver]),
        fuzz("TLS", [handleProtocol, resolver]),
        // Fails on purpose: proves that a failure would be seen.
        fuzz("Canary"),
    ]
)
