// swift-tools-version: 6.2
// How fast the graph of lineage is made and walked. A package of its own, so that Cairn's own manifest stays free of it.
import PackageDescription

let package = Package(
    name: "Graph",
    dependencies: [.package(name: "Cairn", path: "../..")],
    targets: [
        .executableTarget(
            name: "Graph",
            dependencies: [
                .product(name: "ObjectCore", package: "Cairn"), .product(name: "Lineage", package: "Cairn"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
