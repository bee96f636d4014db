// Why this file exists: commands on a store do the same whether the store lies still or a server holds it. The
// difference is found out once, here: the lock decides.
private import FoundationEssentials
private import Lineage
import ObjectCore
import S3Gateway

/// What commands do with a store.
protocol StoreSession: Sendable {
    func keys() async throws(CommandFailure) -> [ControlKey]
    func createKey(_ request: ControlKeyRequest) async throws(CommandFailure) -> ControlKey
    func revokeKey(_ id: String) async throws(CommandFailure)
    /// - Parameter progress: told (done, total), from any thread.
    func run(
        _ kind: MaintenanceKind, progress: @escaping @Sendable (Int64, Int64) -> Void
    ) async throws(CommandFailure) -> MaintenanceReport
    func statistics() async throws(CommandFailure) -> StoreStatistics
    /// The store's clock, confirmed before when that is asked for.
    func clock(confirm: Bool) async throws(CommandFailure) -> ControlClock
    func snapshots() async throws(CommandFailure) -> [ControlSnapshot]
    func createSnapshot(_ request: ControlSnapshotRequest) async throws(CommandFailure) -> ControlSnapshot
    func deleteSnapshot(_ name: String) async throws(CommandFailure)
    func clone(_ request: ControlCloneRequest) async throws(CommandFailure) -> CloneReport
    func commitments() async throws(CommandFailure) -> [ControlCommitments]
    func setCommitments(_ request: ControlCommitments) async throws(CommandFailure) -> ControlCommitments
    func eraseName(_ request: ControlNameErasure) async throws(CommandFailure) -> NameErasureReport
    func audit(_ request: ControlAuditRequest) async throws(CommandFailure) -> ControlAuditAnswer
    func close() async
}

/// Opens sessions.
enum StoreSessions {
    /// Opens the store, or reaches the server that holds it, for as long as `body` runs.
    static func with<Result: Sendable>(
        _ path: String, _ body: (any StoreSession) async throws(CommandFailure) -> Result
    ) async throws(CommandFailure) -> Result {
        let session = try open(path)
        let result: Result
        do throws(CommandFailure) {
            result = try await body(session)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return result
    }

    private static func open(_ path: String) throws(CommandFailure) -> any StoreSession {
        // Opening makes a store where none is; a command that looks at one must not.
        guard FileManager.default.fileExists(atPath: "\(path)/cairn.json") else {
            throw CommandFailure(
                .configuration, "there is no store in \(path)", advice: "`cairn serve \(path)` makes one")
        }
        do throws(StoreError) {
            return LocalSession(try ObjectStore.open(path))
        } catch {
            guard case .locked = error else { throw CommandFailure(OperatorError(error)) }
            return RemoteSession(ControlClient(data: path), locked: OperatorError(error))
        }
    }
}

/// A session with a store that this process holds.
struct LocalSession: StoreSession {
    private let store: ObjectStore
    private let maintenance: MaintenanceRunner

    init(_ store: ObjectStore) {
        self.store = store
        maintenance = MaintenanceRunner(store: store)
    }

    func keys() async throws(CommandFailure) -> [ControlKey] {
        store.accessKeys().map { ControlKey($0, withSecret: false) }
    }

    func createKey(_ request: ControlKeyRequest) async throws(CommandFailure) -> ControlKey {
        do throws(StoreError) {
            let key = try await store.createAccessKey(account: request.account, displayName: request.displayName)
            return ControlKey(key, withSecret: true)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func revokeKey(_ id: String) async throws(CommandFailure) {
        do throws(StoreError) {
            try await store.revokeAccessKey(id)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func run(
        _ kind: MaintenanceKind, progress: @escaping @Sendable (Int64, Int64) -> Void
    ) async throws(CommandFailure) -> MaintenanceReport {
        do throws(OperatorError) {
            return try await maintenance.run(kind, progress: progress)
        } catch {
            throw CommandFailure(error)
        }
    }

    func statistics() async throws(CommandFailure) -> StoreStatistics {
        do throws(StoreError) {
            return try store.statistics()
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func clock(confirm: Bool) async throws(CommandFailure) -> ControlClock {
        do throws(StoreError) {
            return ControlClock(confirm ? try await store.confirmClock() : store.clockReading)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func snapshots() async throws(CommandFailure) -> [ControlSnapshot] {
        store.snapshots().map { ControlSnapshot($0) }
    }

    func createSnapshot(_ request: ControlSnapshotRequest) async throws(CommandFailure) -> ControlSnapshot {
        do throws(StoreError) {
            return ControlSnapshot(
                try await store.createSnapshot(request.name, ofBucketNamed: request.bucket, origin: .embedded))
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func deleteSnapshot(_ name: String) async throws(CommandFailure) {
        do throws(StoreError) { try await store.deleteSnapshot(name) } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func clone(_ request: ControlCloneRequest) async throws(CommandFailure) -> CloneReport {
        do throws(StoreError) {
            return try await store.cloneSnapshot(request.snapshot, as: request.bucket, owner: request.owner)
        } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    private var desk: CommitmentDesk { CommitmentDesk(store: store, origin: .embedded) }

    func commitments() async throws(CommandFailure) -> [ControlCommitments] { desk.list() }

    func setCommitments(_ request: ControlCommitments) async throws(CommandFailure) -> ControlCommitments {
        do throws(StoreError) { return try await desk.set(request) } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func eraseName(_ request: ControlNameErasure) async throws(CommandFailure) -> NameErasureReport {
        do throws(StoreError) { return try await desk.erase(request) } catch {
            throw CommandFailure(OperatorError(error))
        }
    }

    func audit(_ request: ControlAuditRequest) async throws(CommandFailure) -> ControlAuditAnswer {
        let log: AuditLog
        do { log = try AuditLog(store: store) } catch { throw AuditSession.failure(error) }
        defer { log.close() }
        do throws(OperatorError) { return try await AuditDesk(store: store, log: log).answer(request) } catch {
            throw CommandFailure(error)
        }
    }

    func close() async { await store.close() }
}
