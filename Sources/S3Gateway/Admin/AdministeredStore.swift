// Why this file exists: what administration asks of a store, and no more. The same requests are answered by a store
// in this process, by one in another process through its control socket, and by a fake in tests.
public import ObjectCore

/// A store as the admin listener, the control socket and the command line see it.
public protocol AdministeredStore: Sendable {
    /// Nil when healthy, else why the store refuses writes.
    var readOnlyReason: String? { get }
    /// All keys, revoked ones included.
    func accessKeys() -> [AccessKey]
    /// As `ObjectStore.createAccessKey(account:displayName:id:secret:origin:)`.
    func createAccessKey(
        account: String?, displayName: String, id: String?, secret: String?, origin: ChangeOrigin
    ) async throws(StoreError) -> AccessKey
    /// Later requests signed with the key are refused.
    func revokeAccessKey(_ id: String, origin: ChangeOrigin) async throws(StoreError)
    /// Removes what nothing refers to.
    func collectGarbage(progress: (@Sendable (Int64, Int64) -> Void)?) async throws(StoreError) -> CollectionReport
    /// Checks the structure. Blocks.
    func check(progress: (@Sendable (Int64, Int64) -> Void)?) throws(StoreError) -> CheckReport
    /// Reads every stored byte. Blocks.
    func scrub(progress: (@Sendable (Int64, Int64) -> Void)?) throws(StoreError) -> CheckReport
    /// Carries out the lifecycle rules of all buckets.
    func runLifecycle(calendar: LifecycleCalendar) async throws(StoreError) -> LifecycleReport
    /// The store's time, and whether locks expire.
    var clockReading: ClockReading { get }
    /// Takes the machine's time as right, so that locks expire again.
    func confirmClock(origin: ChangeOrigin) async throws(StoreError) -> ClockReading
    /// Sizes of the store. May block on the database.
    func statistics() throws(StoreError) -> StoreStatistics
    /// Sizes of the store as they were counted last; does not block.
    func recentStatistics() -> StoreStatistics?
}

extension ObjectStore: AdministeredStore {}
