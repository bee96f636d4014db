// swift-tools-version: 6.2
// A program that embeds the store. A package of its own, so that Cairn's own manifest stays free of it; yours would
// name a URL where this one names a path.
import PackageDescription

let package = Package(
    name: "Embed",
    dependencies: [.package(name: "Cairn", path: "../..")],
    targets: [
        .executableTarget(
            name: "Embed", dependencies: [.product(name: "ObjectCore", package: "Cairn")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
