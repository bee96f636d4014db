// Why this file exists: what the audit commands say of a store that is served is what they say of it when it lies still,
// with lineage and without, and while others write.
import Foundation
import Lineage
import ObjectCore
import S3Gateway
import Testing

@testable import cairn

@Suite struct AuditCommandTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: base) }
        try await body(base)
    }

    /// A server over `data`, and the store that it holds.
    private func serve(
        _ data: String, lineage: String = "on", _ body: (ObjectStore) async throws -> Void
    ) async throws {
        let configuration = try ServeConfiguration(
            ResolvedSettings(
                file: nil, environment: [:], options: ["listen": ["127.0.0.1:0"], "lineage": [lineage]]))
        let store = try ObjectStore.open(data)
        let process = try ServerProcess(store: store, data: data, configuration: configuration)
        try process.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        await process.stop(grace: .seconds(5))
        try result.get()
    }

    private func put(_ key: String, _ store: ObjectStore, in bucket: Bucket) async throws {
        let writer = store.stage(expectedLength: 2)
        try await writer.write([1, 2])
        _ = try await store.put(
            try await writer.finish(), as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes())
    }

    @Test("checkpoint, proof and export of a served store are those of the stopped one", arguments: ["on", "off"])
    func same(lineage: String) async throws {
        try await withFolder { data in
            let prove = ControlAuditRequest.proof(bucket: "b", key: "k7", version: nil)
            var served: [ControlAuditAnswer] = []
            try await serve(data, lineage: lineage) { store in
                let bucket = try await store.createBucket("b")
                for number in 0..<300 { try await put("k\(number)", store, in: bucket) }
                served.append(try await AuditSession.ask(data, .checkpoint))
                served.append(try await AuditSession.ask(data, prove))
                served.append(try await AuditSession.ask(data, .export(folder: data + "/served")))
                await #expect(throws: CommandFailure.self) {
                    try await AuditSession.ask(data, .proof(bucket: "b", key: "missing", version: nil))
                }
                #expect(await CommandRunner.run(["audit", "verify", data], environment: [:]) == .unavailable)
                for words in [["checkpoint", data], ["prove", data, "s3://b/k7", "--json"]] {
                    #expect(await CommandRunner.run(["audit"] + words, environment: [:]) == .success, "\(words)")
                }
            }
            // Stopping writes the time, so the journal may have grown: the export is what has to be equal.
            let export = try ExportAudit(data + "/served").run()
            #expect(export.problems == [])
            let size = try Checkpoint(text: try SignedNote(encoded: served[0].checkpoint ?? "").text).size
            #expect(export.checkpoints == [size] && export.entries == size && served[2] == served[0])
            let kept = data + "/kept"
            try Data((served[0].checkpoint ?? "").utf8).write(to: URL(fileURLWithPath: kept))
            #expect(
                await CommandRunner.run(["audit", "verify", data, "--checkpoint", kept], environment: [:]) == .success)
            let stopped = try await AuditSession.ask(data, prove)
            let before = try LogProof(encoded: served[1].proof ?? "")
            let after = try LogProof(encoded: stopped.proof ?? "")
            #expect(before.index == after.index && before.extra == after.extra)
            #expect(
                await CommandRunner.run(["audit", "export", data, data + "/stopped"], environment: [:]) == .success)
            for name in try FileManager.default.subpathsOfDirectory(atPath: data + "/served")
            where name.hasPrefix("tile/") && !name.contains(".p/") {
                #expect(
                    FileManager.default.contents(atPath: data + "/served/" + name)
                        == FileManager.default.contents(atPath: data + "/stopped/" + name), "\(name)")
            }
        }
    }

    @Test("an export is of one size while others write, and so is the next into the same folder")
    func writers() async throws {
        try await withFolder { data in
            try await serve(data) { store in
                let bucket = try await store.createBucket("b")
                for number in 0..<400 { try await put("k\(number)", store, in: bucket) }
                let writer = Task {
                    var count = 0
                    while !Task.isCancelled {
                        try await put("w\(count)", store, in: bucket)
                        count += 1
                    }
                    return count
                }
                var sizes: [Int64] = []
                for _ in 0..<3 {
                    _ = try await AuditSession.ask(data, .export(folder: data + "/log"))
                    let report = try ExportAudit(data + "/log").run()
                    #expect(report.problems == [])
                    sizes.append(report.entries)
                }
                writer.cancel()
                #expect(try await writer.value > 0)
                #expect(sizes == sizes.sorted() && sizes[0] > 400)
            }
        }
    }

    @Test("a key is rotated while the server runs, which signs with it from then on")
    func rotation() async throws {
        try await withFolder { data in
            try await serve(data) { store in
                _ = try await AuditSession.ask(data, .checkpoint)
                let keys = try await AuditSession.ask(data, .rotateKey).verifiers ?? []
                #expect(keys.count == 2)
                _ = try await store.createBucket("another")
                let note = try SignedNote(encoded: try await AuditSession.ask(data, .checkpoint).checkpoint ?? "")
                #expect(try note.verify(try NoteVerifier.list(keys.joined(separator: "\n"))).count == 2)
            }
        }
    }

    @Test("the export of another log is not overwritten")
    func otherLog() async throws {
        try await withFolder { data in
            for name in ["/first", "/second"] { await (try ObjectStore.open(data + name)).close() }
            #expect(
                await CommandRunner.run(["audit", "export", data + "/first", data + "/log"], environment: [:])
                    == .success)
            #expect(
                await CommandRunner.run(["audit", "export", data + "/second", data + "/log"], environment: [:])
                    == .foundProblems)
            #expect(try ExportAudit(data + "/log").run().problems == [])
        }
    }

    @Test(
        "how long the journal is kept",
        arguments: [("10y", 315_576_000), ("90d", 7_776_000), ("1d", 86_400), ("100y", 3_155_760_000)])
    func retention(text: String, seconds: Int64) { #expect(SettingValue.retentionSeconds(text) == seconds) }

    @Test(
        "a retention of less than a day, or that is no time, is refused",
        arguments: ["0d", "23h", "101y", "y", "-1y", ""])
    func noRetention(text: String) { #expect(SettingValue.retentionProblem(text) != nil) }
}
