// swift-tools-version: 6.2
// Cairn has no package dependencies: the toolchain's modules and four system libraries are all it needs,
// so that a build is the same offline, in ten years and on a fresh Debian.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Cairn",
    products: [
        .library(name: "ObjectCore", targets: ["ObjectCore"]),
        .library(name: "Lineage", targets: ["Lineage"]),
        .library(name: "S3Gateway", targets: ["S3Gateway"]),
        .executable(name: "cairn", targets: ["cairn"]),
    ],
    targets: [
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        .target(
            name: "ObjectCore", dependencies: ["CSystem", "COpenSSL", "CZlib", "CSQLite"], swiftSettings: settings),
        .target(name: "Lineage", dependencies: ["ObjectCore"], swiftSettings: settings),
        .target(
            name: "S3Gateway", dependencies: ["ObjectCore", "Lineage", "CSystem", "COpenSSL"], swiftSettings: settings),
        .executableTarget(
            name: "cairn", dependencies: ["ObjectCore", "Lineage", "S3Gateway", "CSystem"], swiftSettings: settings),

        .testTarget(name: "ObjectCoreTests", dependencies: ["ObjectCore"], swiftSettings: settings),
        .testTarget(name: "LineageTests", dependencies: ["Lineage", "ObjectCore"], swiftSettings: settings),
        .testTarget(
            name: "S3GatewayTests", dependencies: ["S3Gateway", "Lineage", "ObjectCore"], exclude: ["Fixtures"],
            swiftSettings: settings),
        .testTarget(
            name: "CairnTests", dependencies: ["cairn", "S3Gateway", "ObjectCore"], swiftSettings: settings),
        .testTarget(name: "RepositoryTests", swiftSettings: settings),
    ]
)
