// Why this file exists: the schedule of deliveries against a clock that the test moves: order, patience, isolation.
import Testing

@testable import ObjectCore
@testable import S3Gateway

@Suite struct DeliveryScheduleTests {
    private static let second: Int64 = 1_000_000_000

    private static func item(_ sequence: Int64, _ key: String) -> OutboxItem {
        let bucket = Bucket(
            id: BucketID(1), name: "b", uuid: [], created: Timestamp(milliseconds: 0), owner: "", region: "",
            versioning: .never, hasObjectLock: false)
        var event = ObjectEvent(.createdPut, nil, in: bucket, rule: "", origin: .embedded)
        event.key = Array(key.utf8)
        return OutboxItem(destination: "d", sequence: sequence, at: Timestamp(milliseconds: 0), event: event)
    }

    /// A schedule that has read these keys; their sequences count from 1.
    private static func loaded(_ keys: String...) -> DeliverySchedule {
        var schedule = DeliverySchedule()
        guard case .fetch(let after) = schedule.next(now: 0), after == 0 else { return schedule }
        schedule.loaded(keys.enumerated().map { item(Int64($0.offset) + 1, $0.element) })
        return schedule
    }

    private static func deliveries(_ schedule: inout DeliverySchedule, now: Int64) -> [OutboxItem] {
        var found: [OutboxItem] = []
        while case .deliver(let item) = schedule.next(now: now) { found.append(item) }
        return found
    }

    @Test("different keys go at the same time, one key never twice")
    func parallel() {
        var schedule = Self.loaded("a", "b", "a", "c", "a")
        let first = Self.deliveries(&schedule, now: 0)
        #expect(first.map(\.sequence) == [1, 2, 4])
        schedule.finished(first[0], .settled, now: 0, chance: 0)
        let second = Self.deliveries(&schedule, now: 0)
        #expect(second.map(\.sequence) == [3])
        schedule.finished(second[0], .settled, now: 0, chance: 0)
        #expect(Self.deliveries(&schedule, now: 0).map(\.sequence) == [5])
    }

    @Test("a refused event holds up its key alone, ever longer, and goes before those behind it")
    func refusal() {
        var schedule = Self.loaded("a", "b", "a")
        let first = Self.deliveries(&schedule, now: 0)
        schedule.finished(first[0], .refused, now: 0, chance: 1)
        schedule.finished(first[1], .settled, now: 0, chance: 0)
        guard case .wait(let until) = schedule.next(now: 1) else {
            Issue.record("nothing is due")
            return
        }
        #expect(until == 2 * Self.second)
        let again = Self.deliveries(&schedule, now: until)
        #expect(again.map(\.sequence) == [1])
        schedule.finished(again[0], .refused, now: until, chance: 1)
        guard case .wait(let later) = schedule.next(now: until) else {
            Issue.record("nothing is due")
            return
        }
        #expect(later - until == 4 * Self.second)
    }

    @Test("a destination that does not answer is asked by one at a time, and its order is kept")
    func unavailable() {
        var schedule = Self.loaded("a", "b", "c", "a")
        let first = Self.deliveries(&schedule, now: 0)
        for item in first { schedule.finished(item, .unavailable, now: 0, chance: 0) }
        #expect(schedule.isFailing)
        guard case .wait(let until) = schedule.next(now: 0) else {
            Issue.record("it is left alone for a while")
            return
        }
        #expect(until == Self.second / 4)
        guard case .deliver(let probe) = schedule.next(now: until), case .idle = schedule.next(now: until) else {
            Issue.record("one goes first")
            return
        }
        schedule.finished(probe, .unavailable, now: until, chance: 0)
        guard case .wait(let later) = schedule.next(now: until) else {
            Issue.record("it is left alone for longer")
            return
        }
        #expect(later - until == Self.second / 2)
        guard case .deliver(let again) = schedule.next(now: later) else {
            Issue.record("the next attempt")
            return
        }
        schedule.finished(again, .settled, now: later, chance: 0)
        #expect(!schedule.isFailing)
        var order = [again.sequence]
        while case .deliver(let item) = schedule.next(now: later) {
            order.append(item.sequence)
            schedule.finished(item, .settled, now: later, chance: 0)
        }
        #expect(order.sorted() == [1, 2, 3, 4])
        #expect((order.firstIndex(of: 1) ?? 9) < (order.firstIndex(of: 4) ?? 0))
    }

    @Test("waits double up to their maximum, half of them left to chance")
    func backoff() {
        let backoff = DeliverySchedule.Backoff(first: 100, maximum: 1000)
        #expect((1...6).map { backoff.delay(failures: $0, chance: 1) } == [100, 200, 400, 800, 1000, 1000])
        #expect((1...5).map { backoff.delay(failures: $0, chance: 0) } == [50, 100, 200, 400, 500])
        #expect(backoff.delay(failures: .max, chance: 2) == 1000)
        let large = DeliverySchedule.Backoff(first: .max / 2, maximum: .max - 1)
        #expect(large.delay(failures: 40, chance: 1) == .max - 1)
    }

    @Test("it reads on as there is room, and again when something arrives")
    func fetching() {
        var schedule = DeliverySchedule()
        guard case .fetch(after: 0) = schedule.next(now: 0), case .idle = schedule.next(now: 0) else {
            Issue.record("one reads at a time")
            return
        }
        schedule.loaded((1...DeliverySchedule.fetchMaximum).map { Self.item(Int64($0), "\($0)") })
        let all = Self.deliveries(&schedule, now: 0)
        #expect(all.count == DeliverySchedule.fetchMaximum)
        // The loop above ended with a fetch, as a full page says that there may be more.
        schedule.loaded([])
        guard case .idle = schedule.next(now: 0) else {
            Issue.record("everything is read")
            return
        }
        schedule.arrived()
        guard case .fetch(let after) = schedule.next(now: 0) else {
            Issue.record("something arrived")
            return
        }
        #expect(after == Int64(DeliverySchedule.fetchMaximum))
        schedule.loaded(nil)
        guard case .fetch = schedule.next(now: 0) else {
            Issue.record("a read that failed is made again")
            return
        }
    }

    @Test("memory is bounded however much is refused")
    func window() {
        var schedule = DeliverySchedule()
        var sequence: Int64 = 0
        var fetches = 0
        for _ in 0..<10_000 {
            switch schedule.next(now: 0) {
            case .fetch:
                fetches += 1
                schedule.loaded(
                    (0..<DeliverySchedule.fetchMaximum).map { _ in
                        sequence += 1
                        return Self.item(sequence, "\(sequence)")
                    })
            case .deliver(let item): schedule.finished(item, .refused, now: 0, chance: 1)
            case .wait, .idle: break
            }
        }
        #expect(fetches == DeliverySchedule.windowMaximum / DeliverySchedule.fetchMaximum)
    }
}
