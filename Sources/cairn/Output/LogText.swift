// Why this file exists: moments as the command line and the event log write them.
private import Glibc
import ObjectCore

/// Text of moments.
enum LogText {
    /// `2026-02-06T00:00:38Z`. See: RFC 3339.
    static func time(_ moment: Timestamp) -> String {
        var seconds = time_t(moment.seconds)
        var fields = tm()
        guard gmtime_r(&seconds, &fields) != nil else { return "-" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))"
        return "\(date)T\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))Z"
    }

    static func now() -> String { time(wall) }

    /// The machine's time, to the second.
    static var wall: Timestamp { Timestamp(milliseconds: Int64(Glibc.time(nil)) * 1000) }
}
