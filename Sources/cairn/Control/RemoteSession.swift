// Why this file exists: the session with a store that a running server holds, over its control socket.
private import Dispatch
private import FoundationEssentials
import ObjectCore
import S3Gateway
private import Synchronization

/// A session through DATA/control.sock.
struct RemoteSession: StoreSession {
    private let client: ControlClient
    /// What is said when the holder of the lock does not answer.
    private let locked: OperatorError

    init(_ client: ControlClient, locked: OperatorError) {
        self.client = client
        self.locked = locked
    }

    func keys() async throws(CommandFailure) -> [ControlKey] {
        try decode([ControlKey].self, try await exchange("GET", "keys"))
    }

    func createKey(_ request: ControlKeyRequest) async throws(CommandFailure) -> ControlKey {
        try decode(ControlKey.self, try await exchange("POST", "keys", body: Array(Terminal.json(request).utf8)))
    }

    func revokeKey(_ id: String) async throws(CommandFailure) {
        // An id holds no byte that a path cannot; one that does names no key.
        guard id.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "%") }) else {
            throw CommandFailure(.foundProblems, "there is no key \(id)")
        }
        _ = try await exchange("DELETE", "keys/\(id)")
    }

    func run(
        _ kind: MaintenanceKind, progress: @escaping @Sendable (Int64, Int64) -> Void
    ) async throws(CommandFailure) -> MaintenanceReport {
        let last = Mutex<ControlLine?>(nil)
        _ = try await exchange("POST", kind.rawValue) { line in
            guard let line = try? JSONDecoder().decode(ControlLine.self, from: Data(line)) else { return }
            if let amounts = line.progress, amounts.count == 2 {
                progress(amounts[0], amounts[1])
            } else {
                last.withLock { $0 = line }
            }
        }
        let end = last.withLock { $0 }
        if let error = end?.error { throw CommandFailure(error) }
        guard let report = end?.report else {
            throw CommandFailure(
                .unavailable, "the server went away before \(kind.rawValue) had ended",
                advice: "look at its log, and run the command again")
        }
        return report
    }

    func statistics() async throws(CommandFailure) -> StoreStatistics {
        try decode(StoreStatistics.self, try await exchange("GET", "stats"))
    }

    func clock(confirm: Bool) async throws(CommandFailure) -> ControlClock {
        try decode(ControlClock.self, try await exchange(confirm ? "POST" : "GET", "clock"))
    }

    func snapshots() async throws(CommandFailure) -> [ControlSnapshot] {
        try decode([ControlSnapshot].self, try await exchange("GET", "snapshots"))
    }

    func createSnapshot(_ request: ControlSnapshotRequest) async throws(CommandFailure) -> ControlSnapshot {
        let body = Array(Terminal.json(request).utf8)
        return try decode(ControlSnapshot.self, try await exchange("POST", "snapshots", body: body))
    }

    func deleteSnapshot(_ name: String) async throws(CommandFailure) {
        // What cannot be a bucket's name names no snapshot, and must not become part of a path.
        guard BucketName.isPlausible(name.utf8) else {
            throw CommandFailure(.foundProblems, "there is no snapshot \(name)")
        }
        _ = try await exchange("DELETE", "snapshots/\(name)")
    }

    func clone(_ request: ControlCloneRequest) async throws(CommandFailure) -> CloneReport {
        let body = Array(Terminal.json(request).utf8)
        return try decode(CloneReport.self, try await exchange("POST", "clones", body: body))
    }

    func commitments() async throws(CommandFailure) -> [ControlCommitments] {
        try decode([ControlCommitments].self, try await exchange("GET", "commitments"))
    }

    func setCommitments(_ request: ControlCommitments) async throws(CommandFailure) -> ControlCommitments {
        let body = Array(Terminal.json(request).utf8)
        return try decode(ControlCommitments.self, try await exchange("POST", "commitments", body: body))
    }

    func eraseName(_ request: ControlNameErasure) async throws(CommandFailure) -> NameErasureReport {
        let body = Array(Terminal.json(request).utf8)
        return try decode(NameErasureReport.self, try await exchange("POST", "commitments/erase", body: body))
    }

    func audit(_ request: ControlAuditRequest) async throws(CommandFailure) -> ControlAuditAnswer {
        let body = Array(Terminal.json(request).utf8)
        return try decode(ControlAuditAnswer.self, try await exchange("POST", "audit", body: body))
    }

    func close() async {}

    private func exchange(
        _ method: String, _ path: String, body: [UInt8] = [], line: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws(CommandFailure) -> [UInt8] {
        let client = self.client
        // The client blocks, so it gets a thread that is not one of the few that run tasks.
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(ControlClient.Failure) in
                        try client.exchange(method, "/control/\(path)", body: body, line: line)
                    })
            }
        }
        let answer: ControlClient.Answer
        switch result {
        case .success(let received): answer = received
        case .failure(.unreachable):
            throw CommandFailure(
                .unavailable, locked.message,
                advice: "it does not answer on \(client.socketPath): wait until it has started, or stop it")
        case .failure(.broken(let what)):
            throw CommandFailure(.inputOutput, "the control socket failed: \(what)", advice: "run it again")
        }
        guard (200..<300).contains(answer.status) else {
            if let error = (try? JSONDecoder().decode(ControlLine.self, from: Data(answer.body)))?.error {
                throw CommandFailure(error)
            }
            throw CommandFailure(.unavailable, "the server answered with status \(answer.status)")
        }
        return answer.body
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(CommandFailure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw CommandFailure(
                .unavailable, "the server's answer is not understood",
                advice: "use the `cairn` of the same version as the server")
        }
    }
}
