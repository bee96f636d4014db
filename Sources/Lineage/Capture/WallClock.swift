// Why this file exists: runs go quiet by the machine's clock; nothing that may be kept or deleted hangs on it.
private import Glibc
import ObjectCore

extension Timestamp {
    /// The machine's time.
    static func wall() -> Timestamp {
        var time = timespec()
        // See: 'man 2 clock_gettime': CLOCK_REALTIME cannot fail with a valid pointer.
        _ = clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
