// Why this file exists: the one file that knows where audit material lies beside a store (docs/FORMAT.md, "Audit").
import Foundation
import ObjectCore

/// The files of an audit log in a store's folder, or in an exported one.
struct AuditFolder: Sendable {
    let path: String

    /// Secret: who has it can sign for the log. One key a line, the one in use last.
    var signingKeys: String { path + "/audit/signing-keys" }
    /// Public: hand it to whoever is to verify. One key a line.
    var verifierKeys: String { path + "/audit/verifier-keys" }
    /// The checkpoint signed last.
    var checkpoint: String { path + "/audit/checkpoint" }
    /// Derived from the journal: may be deleted, is made again.
    var database: String { path + "/lineage.sqlite" }

    func makeDirectory() throws(AuditError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path + "/audit", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw AuditError("cannot make \(path)/audit: \(error.localizedDescription)") }
    }

    /// The file's text, or nil when there is none.
    static func read(_ file: String) throws(AuditError) -> String? {
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        guard let bytes = FileManager.default.contents(atPath: file) else { throw AuditError("cannot read \(file)") }
        guard let text = String(data: bytes, encoding: .utf8) else { throw AuditError("\(file) is not UTF-8") }
        return text
    }

    static func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

    /// Replaces a file whole, readable by the owner only.
    static func write(_ text: String, to file: String) throws(AuditError) {
        try write(Array(text.utf8), to: file)
    }

    static func write(_ bytes: [UInt8], to file: String) throws(AuditError) {
        let io = RealIO()
        do throws(SystemCallError) {
            let new = try io.open(file + ".new", .create)
            try io.truncate(new, to: 0)
            try io.writeFully(new, bytes, at: 0)
            try io.synchronize(new)
            try io.rename(file + ".new", to: file)
            let parent = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
            try io.synchronizeDirectory(parent)
        } catch { throw AuditError("cannot write \(file): \(error)") }
    }
}
