// Why this file exists: the Date field costs a calendar computation, and it changes once a second; so it is
// written once a second and copied into the responses between.
import Glibc

/// The `Date` line of responses, written anew when the second changes. See: RFC 9110 section 5.6.7.
struct HTTPDateLine {
    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` and CRLF.
    private(set) var bytes: [UInt8] = []
    private var second = time_t.min

    /// Brings the line up to date.
    mutating func refresh() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        if now.tv_sec != second { set(second: now.tv_sec) }
    }

    /// Writes the line for a second since 1970.
    mutating func set(second: time_t) {
        self.second = second
        var moment = second
        var parts = tm()
        gmtime_r(&moment, &parts)
        let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        bytes.removeAll(keepingCapacity: true)
        append("Date: ")
        append(days[Int(parts.tm_wday)])
        append(", ")
        append(number: Int(parts.tm_mday), digits: 2)
        append(" ")
        append(months[Int(parts.tm_mon)])
        append(" ")
        append(number: Int(parts.tm_year) + 1900, digits: 4)
        append(" ")
        append(number: Int(parts.tm_hour), digits: 2)
        append(":")
        append(number: Int(parts.tm_min), digits: 2)
        append(":")
        append(number: Int(parts.tm_sec), digits: 2)
        append(" GMT\r\n")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(48 + number / divisor % 10))
            divisor /= 10
        }
    }
}
