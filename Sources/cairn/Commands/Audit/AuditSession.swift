// Why this file exists: what the audit commands share: the log is asked wherever it is, a store is opened for an audit,
// and failures are told in one way.
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
            guard case .locked(let who) = error else { throw CommandFailure(OperatorError(error)) }
            // What changes while it is read cannot be held against its journal.
            throw CommandFailure(
                .unavailable, who,
                advice: "stop the server, or verify what `cairn audit export \(path) FOLDER` writes while it runs")
        }
        let result = Result { try body(store) }
        await store.close()
        switch result {
        case .success(let value): return value
        case .failure(let error): throw failure(error)
        }
    }

    /// Asks the log of a store, which a server may hold.
    static func ask(
        _ path: String, _ request: ControlAuditRequest
    ) async throws(CommandFailure) -> ControlAuditAnswer {
        try await StoreSessions.with(path) { session throws(CommandFailure) in try await session.audit(request) }
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
