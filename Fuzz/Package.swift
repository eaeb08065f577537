// swift-tools-version: 6.2
// Fuzz targets: bytes in, one property out. A package of its own, so that nobody who only runs the node builds it.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]
let handleProtocol: Target.Dependency = .product(name: "HandleProtocol", package: "banyan")

/// A target named after what it feeds. libFuzzer brings `main`; the target is the function that it calls.
func fuzz(_ name: String, _ dependencies: [Target.Dependency] = [handleProtocol]) -> Target {
    .executableTarget(name: "Fuzz" + name, dependencies: dependencies + ["FuzzSupport"], swiftSettings: settings)
}

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "banyan", path: "..")],
    targets: [
        .target(name: "FuzzSupport", swiftSettings: settings),
        fuzz("Envelope"),
        fuzz("Message"),
        fuzz("Records"),
        fuzz("Fragments"),
        // Fails on purpose: proves that a failure would be seen.
        fuzz("Canary"),
    ]
)
