// Why this file exists: an operation that is written and not in the table would be dead code that looks alive, so the
// folder is compared with the table.
import Foundation
import Testing

@testable import S3Gateway

@Suite struct OperationTableTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/S3Gateway/Operations").standardized

    /// Names of the operations that the files declare, each with the file's name.
    private static func declared() throws -> [(file: String, name: String)] {
        let declaration =
            /(?m)^struct (\w+): (?:S3Operation|AbsentConfiguration\w*|FixedConfiguration|StoredDocument\w*) \{/
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var found: [(file: String, name: String)] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: declaration) {
                found.append((file.deletingPathExtension().lastPathComponent, String(match.output.1)))
            }
        }
        return found
    }

    @Test("every operation that is written is in the table, and in a file of its name")
    func complete() throws {
        let declared = try Self.declared()
        #expect(declared.allSatisfy { $0.file == $0.name })
        #expect(declared.map(\.name).sorted() == OperationTable.served.map { $0.name.description }.sorted())
    }

    @Test("every operation but the preflight asks for a permission of S3 or ours, and is logged by a name of its form")
    func permissions() {
        for operation in OperationTable.served {
            #expect(operation.permissions.isEmpty == (operation == PreflightRequest.self))
            let isOurs = operation.name.description.contains("Commitments")
            #expect(operation.permissions.allSatisfy { $0.rawValue.hasPrefix(isOurs ? "cairn:" : "s3:") })
            #expect(operation.logName.description.hasPrefix("REST."))
        }
    }
}
