// Why this file exists: when an inventory is due, as arithmetic without a clock. Days and weeks are counted, and what was
// delivered is the number of its day or week; so a restart neither repeats nor forgets one.
import ObjectCore

/// When inventories are due.
struct InventorySchedule: Sendable {
    /// How long a day is.
    var calendar: LifecycleCalendar

    /// How long after a failure it is tried again, for the first to the last time, in parts of a day: a minute to an
    /// hour.
    private static let delays: [Int64] = [1440, 720, 288, 96, 24]

    /// The number of the day, or of the week, which begins on Sunday.
    func period(_ frequency: InventoryConfiguration.Frequency, at now: Timestamp) -> Int64 {
        let day = max(0, now.milliseconds) / calendar.day
        // 1970-01-01 was a Thursday.
        return frequency == .daily ? day : (day + 4) / 7
    }

    /// When to try again.
    /// - Parameter failures: how often it has failed, from 1.
    func retry(after failures: Int, at now: Timestamp) -> Timestamp {
        let delays = InventorySchedule.delays
        let delay = calendar.day / delays[min(max(failures, 1), delays.count) - 1]
        return Timestamp(milliseconds: now.milliseconds + max(delay, 100))
    }

    /// The name of the mark that holds the number of the last period that was delivered.
    static func mark(of id: String, bucket: Bucket) -> String { "inventory.\(bucket.id.value).\(id)" }
}
