// Why this file exists: deadlines and durations of the server are nanoseconds of CLOCK_MONOTONIC as one Int64, so
// that comparing them costs nothing and a change of the wall clock moves none of them.
private import Glibc

enum MonotonicClock {
    /// Later than every deadline.
    static let never = Int64.max

    /// Nanoseconds since an arbitrary start.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, between 0 and about 146 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let bounded = min(max(seconds, 0), 4_611_686_018)
        return bounded * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    }
}
