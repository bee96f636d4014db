// Why this file exists: inventories come by themselves, each day or week. Now and then it is looked which are due; one is
// made at a time, beside everything else. What fails is told and tried again, ever later, up to the end of its day.
// Invariant: that a report was delivered is recorded after its last object, so a crash repeats it and never skips it.
public import ObjectCore
private import Synchronization

/// Delivers inventories.
public final class InventoryDelivery: Sendable {
    private struct Failure {
        var count: Int
        var next: Timestamp
    }

    private struct State {
        var failures: [String: Failure] = [:]
        var hasCleanedUp = false
    }

    private let store: ObjectStore
    private let keyring: Keyring
    private let schedule: InventorySchedule
    private let now: @Sendable () -> Timestamp
    private let limits: InventoryReport.Limits
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let deliveredCount = Atomic<UInt64>(0)
    private let failedCount = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)
    private let isDelivering = Atomic<Bool>(false)
    /// How often an end looks whether a report has been let go, in milliseconds.
    private static let stopLookMilliseconds = 5

    /// - Parameters:
    ///   - store: whose buckets are listed, and take the reports.
    ///   - keyring: for reports that are sealed.
    ///   - calendar: how long a day is.
    ///   - now: the time; nil for the store's own.
    ///   - log: told when a report fails.
    public convenience init(
        store: ObjectStore, keyring: Keyring, calendar: LifecycleCalendar = .utc,
        now: (@Sendable () -> Timestamp)? = nil, log: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            store: store, keyring: keyring, calendar: calendar, now: now, limits: InventoryReport.Limits(), log: log)
    }

    init(
        store: ObjectStore, keyring: Keyring, calendar: LifecycleCalendar, now: (@Sendable () -> Timestamp)?,
        limits: InventoryReport.Limits, log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.keyring = keyring
        self.limits = limits
        self.log = log
        self.now = now ?? { store.clockReading.now }
        schedule = InventorySchedule(calendar: calendar)
    }

    /// Reports that were delivered since the start.
    public var delivered: UInt64 { deliveredCount.load(ordering: .relaxed) }
    /// Attempts that failed since the start.
    public var failed: UInt64 { failedCount.load(ordering: .relaxed) }

    /// Lets go of the report that is being made, at the end of its page, and makes no more.
    public func stop() async {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        while isDelivering.load(ordering: .sequentiallyConsistent) {
            try? await Task.sleep(for: .milliseconds(InventoryDelivery.stopLookMilliseconds))
        }
    }

    private var hasStopped: Bool { isStopping.load(ordering: .sequentiallyConsistent) }

    /// Makes the reports that are due. One call at a time.
    public func deliver() async {
        isDelivering.store(true, ordering: .sequentiallyConsistent)
        defer { isDelivering.store(false, ordering: .sequentiallyConsistent) }
        guard !hasStopped else { return }
        await cleanUp()
        for bucket in store.buckets() {
            guard let settings = store.allBucketSettings(of: bucket) else { continue }
            for (name, document) in settings where name.hasPrefix(InventoryConfiguration.settingPrefix) {
                guard !hasStopped else { return }
                do throws(S3Error) {
                    try await deliver(try InventoryConfiguration(document), of: bucket)
                } catch {
                    log("inventory \(name) of \(bucket.name): its configuration cannot be read")
                }
            }
        }
    }

    private func cleanUp() async {
        guard !state.withLock({ $0.hasCleanedUp }) else { return }
        do throws(StoreError) {
            try await InventoryView.removeLeftovers(in: store)
            state.withLock { $0.hasCleanedUp = true }
        } catch {
            log("inventory: \(error)")
        }
    }

    private func deliver(_ configuration: InventoryConfiguration, of bucket: Bucket) async throws(S3Error) {
        guard configuration.isEnabled else { return }
        let now = now()
        let mark = InventorySchedule.mark(of: configuration.id, bucket: bucket)
        let period = schedule.period(configuration.frequency, at: now)
        // A weekly one that becomes a daily one is another number line, so they are told apart.
        let number = configuration.frequency == .daily ? period * 2 : period * 2 + 1
        let failure = state.withLock { $0.failures[mark] }
        if let failure, failure.next > now { return }
        do throws(InventoryFailure) {
            let known = try await InventoryReport.stored { () async throws(StoreError) in try await store.mark(mark) }
            guard known != number else { return }
            try await InventoryReport(
                store: store, keyring: keyring, source: bucket, configuration: configuration, period: number, now: now,
                limits: limits, isCancelled: { [self] in hasStopped }
            ).deliver()
            try await InventoryReport.stored { () async throws(StoreError) in
                try await store.setMark(mark, to: number)
            }
            deliveredCount.wrappingAdd(1, ordering: .relaxed)
            state.withLock { $0.failures[mark] = nil }
        } catch .cancelled {
            return
        } catch {
            failedCount.wrappingAdd(1, ordering: .relaxed)
            let count = (failure?.count ?? 0) + 1
            let next = schedule.retry(after: count, at: now)
            state.withLock { $0.failures[mark] = Failure(count: count, next: next) }
            log(
                "inventory \(configuration.id) of \(bucket.name): \(error); tried again after "
                    + HTTPDate.iso8601(next))
        }
    }
}
