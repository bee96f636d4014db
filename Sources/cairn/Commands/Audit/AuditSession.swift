// Why this file exists: the audit commands work on a stopped store; they open it, run, and tell failures in one way.
import FoundationEssentials
import Lineage
import ObjectCore
import S3Gateway

/// Opens a store for an audit.
enum AuditSession {
    /// Runs `body` on the store in `path`, which no server may hold.
    static func with<Value: Sendable>(
        _ path: String, _ body: @Sendable (ObjectStore) throws -> Value
    ) async throws(CommandFailure) -> Value {
        guard FileManager.default.fileExists(atPath: path + "/cairn.json") else {
            throw CommandFailure(.configuration, "there is no store in \(path)", advice: "name a store's folder")
        }
        let store: ObjectStore
        do throws(StoreError) {
            store = try ObjectStore.open(path)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
        let result = Result { try body(store) }
        await store.close()
        switch result {
        case .success(let value): return value
        case .failure(let error): throw failure(error)
        }
    }

    /// Runs `body` with the store's log.
    static func withLog<Value: Sendable>(
        _ path: String, _ body: @Sendable (ObjectStore, AuditLog) throws -> Value
    ) async throws(CommandFailure) -> Value {
        try await with(path) { store in
            let log = try AuditLog(store: store)
            defer { log.close() }
            return try body(store, log)
        }
    }

    static func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let error as CommandFailure: error
        case let error as StoreError: CommandFailure(OperatorError(error))
        case let error as AuditError: CommandFailure(.foundProblems, error.description)
        default: CommandFailure(.internalError, "\(error)")
        }
    }

    /// Reads a file that was named on the command line.
    static func text(of file: String) throws(CommandFailure) -> String {
        guard let bytes = FileManager.default.contents(atPath: file),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw CommandFailure(.inputOutput, "cannot read \(file)", advice: "name a text file") }
        return text
    }
}
