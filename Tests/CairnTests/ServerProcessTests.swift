// Why this file exists: the rooms put together: a server over a folder, commands through its control socket, and the
// same commands when it has gone.
import Foundation
import ObjectCore
import S3Gateway
import Testing

@testable import cairn

@Suite struct ServerProcessTests {
    /// A folder of its own, removed at the end.
    private func withFolder(_ suffix: String = "", _ body: (String) async throws -> Void) async throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: base) }
        try await body(base + suffix)
    }

    private func serve(
        _ data: String, options: [String: [String]] = [:], environment: [String: String] = [:],
        _ body: (ServerProcess, AccessKey?) async throws -> Void
    ) async throws {
        var options = options
        options["listen"] = ["127.0.0.1:0"]
        let configuration = try ServeConfiguration(
            ResolvedSettings(file: nil, environment: environment, options: options))
        let store = try ObjectStore.open(data)
        let process = try ServerProcess(store: store, data: data, configuration: configuration)
        try process.start()
        let result: Result<Void, any Error>
        do {
            let key = try await FirstKey.make(in: store, chosen: configuration.firstKey)
            result = .success(try await body(process, key))
        } catch {
            result = .failure(error)
        }
        await process.stop(grace: .seconds(1))
        try result.get()
    }

    @Test("the first start makes a key, later starts do not")
    func firstKey() async throws {
        try await withFolder { data in
            try await serve(data) { _, key in
                #expect(key?.secret.utf8.count == 40)
            }
            try await serve(data) { _, key in #expect(key == nil) }
        }
    }

    @Test("a chosen first key is made once; another secret for it is refused")
    func chosenKey() async throws {
        try await withFolder { data in
            let chosen = ["CAIRN_ACCESS_KEY_ID": "chosen_key", "CAIRN_SECRET_ACCESS_KEY": "chosen_secret"]
            try await serve(data, environment: chosen) { _, key in #expect(key?.id == "chosen_key") }
            try await serve(data, environment: chosen) { _, key in #expect(key == nil) }
            var other = chosen
            other["CAIRN_SECRET_ACCESS_KEY"] = "another_secret"
            await #expect(throws: CommandFailure.self) { try await serve(data, environment: other) { _, _ in } }
        }
    }

    @Test(
        "commands work on the running server and on the stopped store, however deep its folder",
        arguments: ["", String(repeating: "/deep-folder-name", count: 8)])
    func commands(suffix: String) async throws {
        try await withFolder(suffix) { data in
            try await serve(data) { _, first in
                let made = try await StoreSessions.with(data) { session throws(CommandFailure) in
                    #expect(session is RemoteSession)
                    return try await session.createKey(ControlKeyRequest(account: nil, displayName: "bob"))
                }
                #expect(made.secret != nil && made.account != first?.account)
                for words in [
                    ["key", "list", data, "--json"], ["key", "revoke", data, made.id], ["check", data],
                    ["scrub", data], ["gc", data, "--json"], ["stats", data],
                ] { #expect(await CommandRunner.run(words, environment: [:]) == .success, "\(words)") }
                let unknown = await CommandRunner.run(["key", "revoke", data, made.id], environment: [:])
                #expect(unknown == .foundProblems)
                #expect(throws: StoreError.self) { try ObjectStore.open(data) }
            }
            let keys = try await StoreSessions.with(data) { session throws(CommandFailure) in
                #expect(session is LocalSession)
                return try await session.keys()
            }
            #expect(keys.map(\.isRevoked).sorted { !$0 && $1 } == [false, true])
            #expect(await CommandRunner.run(["check", data], environment: [:]) == .success)
            #expect(!FileManager.default.fileExists(atPath: "\(data)/control.sock"))
        }
    }

    @Test("an address that is taken is refused, and costs neither the store nor a key")
    func takenAddress() async throws {
        try await withFolder { data in
            try await serve(data + "-1") { process, _ in
                guard case .tcp(_, let port)? = process.endpoints.first else {
                    Issue.record("not listening")
                    return
                }
                let configuration = try ServeConfiguration(
                    ResolvedSettings(file: nil, environment: [:], options: ["listen": ["127.0.0.1:\(port)"]]))
                let store = try ObjectStore.open(data + "-2")
                let failure = #expect(throws: CommandFailure.self) {
                    try ServerProcess(store: store, data: data + "-2", configuration: configuration)
                }
                #expect(failure?.code == .unavailable)
                await store.close()
            }
            try await serve(data + "-2") { _, key in #expect(key != nil) }
            for folder in ["-1", "-2"] { try FileManager.default.removeItem(atPath: data + folder) }
        }
    }
}
