// Why this file exists: no clock that is set gets round a lock: not forward, not back, not in small steps, not across a
// restart.
import Synchronization
import Testing

@testable import ObjectCore

/// Clocks that tests set. Milliseconds.
final class SetClock: Sendable {
    private let times: Mutex<(wall: Int64, elapsed: Int64)>

    init(_ wall: Int64 = 1_700_000_000_000) { times = Mutex((wall, 0)) }

    var source: TimeSource {
        TimeSource(wall: { self.times.withLock { $0.wall } }, elapsed: { self.times.withLock { $0.elapsed } })
    }

    var wall: Int64 { times.withLock { $0.wall } }

    /// Time passes.
    func pass(_ milliseconds: Int64) {
        times.withLock {
            $0.wall += milliseconds
            $0.elapsed += milliseconds
        }
    }

    /// Somebody sets the wall clock.
    func set(_ milliseconds: Int64) { times.withLock { $0.wall += milliseconds } }
}

@Suite struct StoreClockTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    @Test("time that passes is trusted, however long")
    func passing() {
        let clock = SetClock()
        let store = StoreClock(highest: clock.wall, source: clock.source)
        for _ in 0..<100 {
            clock.pass(10 * Self.day)
            #expect(store.read().hold == nil)
            #expect(store.read().trusted.milliseconds == clock.wall)
        }
    }

    @Test("a clock that is set back does not take time back")
    func back() {
        let clock = SetClock()
        let store = StoreClock(highest: clock.wall, source: clock.source)
        let before = store.now()
        clock.set(-10 * Self.day)
        #expect(store.now() == before)
        clock.set(10 * Self.day)
        #expect(store.read().hold == nil, "setting it right again is no jump")
    }

    @Test("a forward jump of over a day stops the trusted time until it is confirmed, and goes on from there")
    func jump() {
        let clock = SetClock()
        let store = StoreClock(highest: clock.wall, source: clock.source)
        clock.set(Self.day)
        #expect(store.read().hold == nil)
        let trusted = store.read().trusted
        clock.set(1)
        #expect(store.read().hold == .jump)
        clock.pass(400 * Self.day)
        #expect(store.read().trusted == trusted)
        #expect(store.read().now.milliseconds == clock.wall)
        clock.set(-401 * Self.day)
        #expect(store.read().hold == .jump, "setting it back does not confirm")
        store.confirm()
        #expect(store.read().hold == nil)
        clock.set(2 * Self.day)
        clock.set(401 * Self.day)
        #expect(store.read().hold == .jump)
    }

    @Test("many steps under a day come to a jump")
    func steps() {
        let clock = SetClock()
        let store = StoreClock(highest: clock.wall, source: clock.source)
        for _ in 0..<3 {
            clock.set(9 * Self.hour)
            _ = store.now()
        }
        #expect(store.read().hold == .jump)
    }

    @Test("a gap of over a day at the start holds, a shorter one and a new store do not")
    func gap() {
        let clock = SetClock()
        #expect(StoreClock(highest: 0, source: clock.source).read().hold == nil)
        #expect(StoreClock(highest: clock.wall - Self.day, source: clock.source).read().hold == nil)
        let late = StoreClock(highest: clock.wall - Self.day - 1, source: clock.source).read()
        #expect(late.hold == .gap)
        #expect(late.trusted.milliseconds == clock.wall - Self.day - 1)
        #expect(StoreClock(highest: clock.wall + Self.day * 9, source: clock.source).read().hold == nil)
    }

    // MARK: Through the store

    private static func open(_ folder: TemporaryDirectory, _ clock: SetClock) throws -> ObjectStore {
        try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
    }

    private static func lockedVersion(_ store: ObjectStore, _ clock: SetClock) async throws -> (Bucket, ObjectVersion) {
        let bucket = try await store.createBucket("bucket", hasObjectLock: true)
        var attributes = ObjectAttributes()
        attributes.retention = Retention(
            mode: .compliance, until: Timestamp(milliseconds: clock.wall + 30 * day))
        return (bucket, try await store.put([1], as: "k", in: bucket, attributes: attributes))
    }

    @Test("a jump deletes nothing that is locked, before and after a restart, until it is confirmed")
    func throughTheStore() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        var store = try Self.open(folder, clock)
        let (bucket, version) = try await Self.lockedVersion(store, clock)
        let request = DeleteRequest(key: version.key, version: version.versionID, bypassesGovernance: true)
        clock.set(40 * Self.day)
        await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
        // The write carries the new time into the journal; a restart must not take that for the truth.
        try await store.put([2], as: "other", in: bucket)
        await store.close()
        store = try Self.open(folder, clock)
        #expect(store.clockReading.hold == .jump)
        await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
        #expect(try await store.confirmClock().hold == nil)
        _ = try await store.delete(request, in: bucket)
        await store.close()
        store = try Self.open(folder, clock)
        #expect(store.clockReading.hold == nil)
        let kinds = try store.journalEntries().map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(kinds.contains { $0.contains("\"clock.held\"") })
        #expect(kinds.contains { $0.contains("\"clock.confirmed\"") })
        await store.close()
    }

    @Test("a clock set forward while the store is closed holds locks; a store that lives records its time")
    func closedStore() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        var store = try Self.open(folder, clock)
        let (bucket, version) = try await Self.lockedVersion(store, clock)
        let request = DeleteRequest(key: version.key, version: version.versionID)
        // Thirty days of idling are no gap, since the store records its time when it closes.
        clock.pass(20 * Self.day)
        await store.close()
        store = try Self.open(folder, clock)
        #expect(store.clockReading.hold == nil)
        await store.close()
        clock.set(20 * Self.day)
        store = try Self.open(folder, clock)
        #expect(store.clockReading.hold == .gap)
        await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
        await store.close()
        store = try Self.open(folder, clock)
        #expect(store.clockReading.hold == .gap, "the refusal was journalled with the hold")
        _ = try await store.confirmClock()
        _ = try await store.delete(request, in: bucket)
        await store.close()
    }

    @Test("retention ends when its time has passed, and not a millisecond before")
    func expiry() async throws {
        let folder = TemporaryDirectory()
        let clock = SetClock()
        let store = try Self.open(folder, clock)
        let (bucket, version) = try await Self.lockedVersion(store, clock)
        let request = DeleteRequest(key: version.key, version: version.versionID)
        clock.pass(30 * Self.day - 1)
        await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
        clock.pass(1)
        _ = try await store.delete(request, in: bucket)
        await store.close()
    }
}
