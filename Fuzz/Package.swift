// swift-tools-version: 6.2
// The fuzz targets are a package of their own, so that a build of Cairn needs neither sanitizers nor the fuzzer's runtime.
// They are built as a static library and linked by fuzz.sh: SwiftPM gives executables an entry point of its own, and here
// the fuzzer's runtime has it.
import PackageDescription

let package = Package(
    name: "Fuzz",
    products: [.library(name: "FuzzTargets", type: .static, targets: ["FuzzTargets"])],
    dependencies: [.package(name: "Cairn", path: "..")],
    targets: [
        .target(
            name: "FuzzTargets",
            dependencies: [
                .product(name: "ObjectCore", package: "Cairn"), .product(name: "S3Gateway", package: "Cairn"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
