// swift-tools-version: 6.2
// How fast the journal is written, proven and verified. A package of its own, so that Cairn's own manifest stays free of it.
import PackageDescription

let package = Package(
    name: "Audit",
    dependencies: [.package(name: "Cairn", path: "../..")],
    targets: [
        .executableTarget(
            name: "Audit",
            dependencies: [
                .product(name: "ObjectCore", package: "Cairn"), .product(name: "Lineage", package: "Cairn"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
