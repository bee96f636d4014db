// Why this file exists: the page that says what is served is held to the tables by which it is served.
import Foundation
import Testing

@testable import S3Gateway

@Suite struct CompatibilityPageTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs/COMPATIBILITY.md").standardized

    @Test("the page says what the tables say")
    func isCurrent() throws {
        let page = try String(contentsOf: Self.path, encoding: .utf8)
        let renewed = try #require(CompatibilityPage.renewed(page))
        if ProcessInfo.processInfo.environment["CAIRN_WRITE_DOCS"] == "1" {
            try renewed.write(to: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(page == renewed, "CAIRN_WRITE_DOCS=1 swift test --filter CompatibilityPageTests renews it")
        }
    }
}
