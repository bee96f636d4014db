// Why this file exists: garbage collection, check and scrub each read much of the store, so one runs at a time,
// whether a timer or an operator asked for it; and none may sit on an event loop, so each has a thread of its own.
// Invariant: `current` is set exactly while one runs, whatever way it ends.
private import Glibc
public import ObjectCore
private import Synchronization

/// Kinds of maintenance.
public enum MaintenanceKind: String, Sendable, Codable, CaseIterable {
    /// Structure: every row, reference and location.
    case check
    /// Every stored byte against its digest.
    case scrub
    /// Garbage collection.
    case gc
    /// Lifecycle rules.
    case lifecycle
}

/// What maintenance brought.
public enum MaintenanceReport: Sendable {
    case collection(CollectionReport)
    case check(CheckReport)
    case lifecycle(LifecycleReport)

    /// Whether nothing is wrong with the store.
    public var isClean: Bool {
        switch self {
        case .collection: true
        case .lifecycle(let report): !report.isHeld
        case .check(let report): report.isClean
        }
    }
}

/// Runs maintenance, one at a time.
public final class MaintenanceRunner: Sendable {
    /// What is remembered of each kind, for metrics.
    struct History {
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
        /// Problems that the last finished run found.
        var problems = 0
        /// When the last run ended, in seconds since 1970; 0 for never.
        var lastEnd: Int64 = 0
        /// How long the last run took, in nanoseconds.
        var lastNanoseconds: UInt64 = 0
    }

    private struct State {
        var current: MaintenanceKind?
        var history: [MaintenanceKind: History] = [:]
    }

    private let store: any AdministeredStore
    private let calendar: LifecycleCalendar
    private let state = Mutex(State())

    /// - Parameters:
    ///   - store: must outlive every run.
    ///   - calendar: how long a day of lifecycle rules is.
    public init(store: any AdministeredStore, calendar: LifecycleCalendar = .utc) {
        self.store = store
        self.calendar = calendar
    }

    /// What runs now.
    public var current: MaintenanceKind? { state.withLock { $0.current } }

    /// Runs one kind of maintenance to its end; `progress` is told (done, total) from the working thread.
    /// - Throws: `busy` when something runs already; what the store threw.
    public func run(
        _ kind: MaintenanceKind, progress: (@Sendable (Int64, Int64) -> Void)? = nil
    ) async throws(OperatorError) -> MaintenanceReport {
        let running = state.withLock { state in
            let running = state.current
            if running == nil { state.current = kind }
            return running
        }
        if let running {
            throw OperatorError(.busy, "\(running.rawValue) is running", advice: "try again when it has ended")
        }
        let start = ContinuousClock.now
        let result: Result<MaintenanceReport, OperatorError>
        do throws(OperatorError) {
            result = .success(try await perform(kind, progress: progress))
        } catch {
            result = .failure(error)
        }
        let components = (ContinuousClock.now - start).components
        let elapsed = UInt64(components.seconds) &* 1_000_000_000 &+ UInt64(components.attoseconds / 1_000_000_000)
        state.withLock { state in
            state.current = nil
            var history = state.history[kind] ?? History()
            switch result {
            case .success(.check(let report)):
                history.succeeded += 1
                history.problems = report.problemCount
            case .success(.collection), .success(.lifecycle): history.succeeded += 1
            case .failure: history.failed += 1
            }
            history.lastEnd = Int64(time(nil))
            history.lastNanoseconds = elapsed
            state.history[kind] = history
        }
        return try result.get()
    }

    private func perform(
        _ kind: MaintenanceKind, progress: (@Sendable (Int64, Int64) -> Void)?
    ) async throws(OperatorError) -> MaintenanceReport {
        let store = self.store
        do {
            switch kind {
            case .gc: return .collection(try await store.collectGarbage(progress: progress))
            case .lifecycle: return .lifecycle(try await store.runLifecycle(calendar: calendar))
            case .check:
                return .check(try await BlockingCall.run { try store.check(progress: progress) })
            case .scrub:
                return .check(try await BlockingCall.run { try store.scrub(progress: progress) })
            }
        } catch let error as StoreError {
            throw OperatorError(error)
        } catch let error as OperatorError {
            throw error
        } catch {
            throw OperatorError(.internal, "\(error)")
        }
    }

    /// Writes the families of maintenance.
    func expose(to text: inout PrometheusText) {
        let (current, history) = state.withLock { ($0.current, $0.history) }
        text.family("cairn_maintenance_running", .gauge, "1 while maintenance of the kind runs.")
        for kind in MaintenanceKind.allCases {
            text.sample(labels: [("kind", kind.rawValue)], kind == current ? 1 : 0)
        }
        let known = MaintenanceKind.allCases.compactMap { kind in history[kind].map { (kind.rawValue, $0) } }
        text.family("cairn_maintenance_runs_total", .counter, "Ended runs of maintenance.")
        for (kind, history) in known {
            text.sample(labels: [("kind", kind), ("result", "succeeded")], history.succeeded)
            text.sample(labels: [("kind", kind), ("result", "failed")], history.failed)
        }
        text.family("cairn_maintenance_problems", .gauge, "Problems that the last check or scrub found.")
        for (kind, history) in known
        where kind == MaintenanceKind.check.rawValue || kind == MaintenanceKind.scrub.rawValue {
            text.sample(labels: [("kind", kind)], history.problems)
        }
        text.family("cairn_maintenance_last_end_seconds", .gauge, "End of the last run, seconds since 1970.")
        for (kind, history) in known { text.sample(labels: [("kind", kind)], history.lastEnd) }
        text.family("cairn_maintenance_last_duration_seconds", .gauge, "Duration of the last run in seconds.")
        for (kind, history) in known {
            text.sample(labels: [("kind", kind)], Double(history.lastNanoseconds) / 1e9)
        }
    }
}
