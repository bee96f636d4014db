// Why this file exists: the promise of locks under a clock that does anything: for many seeds, time passes, somebody
// sets the clock, the store is closed and opened, and deletion is tried at every step. What really passed is known to
// the test alone, and nothing may go before its retention has really passed.
import Testing

@testable import ObjectCore

@Suite("Clock walk") struct ClockWalkTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    @Test("no walk of the clock destroys what is locked", arguments: UInt64(1)...12)
    func walk(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let folder = TemporaryDirectory()
        let clock = SetClock()
        var store = try ObjectStore.open(folder.path, options: .small, io: RealIO(), time: clock.source)
        let bucket = try await store.createBucket("bucket", hasObjectLock: true)
        let key = try ObjectKey("k")
        let days = Int64.random(in: 20...40, using: &random)
        var attributes = ObjectAttributes()
        attributes.retention = Retention(
            mode: .compliance, until: Timestamp(milliseconds: clock.wall + days * Self.day))
        let version = try await store.put([1], as: "k", in: bucket, attributes: attributes)
        var held = ObjectAttributes()
        held.isOnLegalHold = true
        let onHold = try await store.put([2], as: "h", in: bucket, attributes: held)

        var passed: Int64 = 0
        // With each start the store believes the clock to within a day (docs/decisions/0004).
        var starts: Int64 = 1
        for step in 0..<60 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let time = Int64.random(in: 0...(20 * Self.hour), using: &random)
                clock.pass(time)
                passed += time
            case 2: clock.set(Int64.random(in: (2 * Self.day)...(400 * Self.day), using: &random))
            case 3: clock.set(-Int64.random(in: 0...(400 * Self.day), using: &random))
            case 4:
                await store.close()
                // Sometimes somebody sets the clock while the store is closed.
                if Bool.random(using: &random) {
                    clock.set(Int64.random(in: (2 * Self.day)...(99 * Self.day), using: &random))
                }
                starts += 1
                store = try ObjectStore.open(
                    folder.path, options: .small, io: RealIO(), time: clock.source)
            default: _ = try await store.put([UInt8(step)], as: "other", in: bucket)
            }
            for locked in [version, onHold] {
                let request = DeleteRequest(key: locked.key, version: locked.versionID, bypassesGovernance: true)
                let isGone = (try? await store.delete(request, in: bucket)) != nil
                #expect(
                    !isGone || (locked.key == key && passed >= (days - starts) * Self.day),
                    "seed \(seed), step \(step): gone after \(passed) ms")
                if isGone {
                    await store.close()
                    return
                }
            }
            let entries = try store.journalEntries()
            #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.at <= $1.at }, "order never turns back")
        }
        await store.close()
    }
}
