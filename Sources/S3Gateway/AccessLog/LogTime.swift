// Why this file exists: the two ways in which logs write a moment, without locale, time zone or Foundation.
import ObjectCore

/// A moment in UTC, split into calendar fields.
struct LogTime {
    private let calendar: CalendarTime
    private let millisecond: Int

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    init(_ moment: Timestamp) {
        calendar = CalendarTime(secondsSince1970: moment.seconds)
        millisecond = Int(moment.milliseconds - moment.seconds * 1000)
    }

    /// `06/Feb/2019:00:00:38 +0000`, the strftime form of S3's log.
    func appendS3Form(to line: inout [UInt8]) {
        line.appendDigits(calendar.day, count: 2)
        line.append(UInt8(ascii: "/"))
        line.append(contentsOf: LogTime.monthNames[calendar.month - 1].utf8)
        line.append(UInt8(ascii: "/"))
        line.appendDigits(calendar.year, count: 4)
        line.append(UInt8(ascii: ":"))
        calendar.appendClock(separator: UInt8(ascii: ":"), to: &line)
        line.append(contentsOf: " +0000".utf8)
    }

    /// `2019-02-06T00:00:38.123Z`. See: RFC 3339 section 5.6.
    func appendInternetForm(to line: inout [UInt8]) {
        calendar.appendDate(separator: UInt8(ascii: "-"), to: &line)
        line.append(UInt8(ascii: "T"))
        calendar.appendClock(separator: UInt8(ascii: ":"), to: &line)
        line.append(UInt8(ascii: "."))
        line.appendDigits(millisecond, count: 3)
        line.append(UInt8(ascii: "Z"))
    }
}

extension [UInt8] {
    /// Appends a moment as `2019-02-06T00:00:38.123Z`.
    mutating func appendInternetTime(_ moment: Timestamp) {
        LogTime(moment).appendInternetForm(to: &self)
    }
}
