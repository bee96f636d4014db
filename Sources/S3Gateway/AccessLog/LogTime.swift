// Why this file exists: the two ways in which logs write a moment, without locale, time zone or Foundation.
import ObjectCore

/// A moment in UTC, split into calendar fields of the proleptic Gregorian calendar.
struct LogTime {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    let millisecond: Int

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    init(_ moment: Timestamp) {
        let seconds = moment.seconds
        millisecond = Int(moment.milliseconds - seconds * 1000)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = Int(seconds - days * 86_400)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        // Civil date from day number. See: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
        // civil_from_days: eras of 400 years that begin on 1 March, so that the leap day comes last.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// `06/Feb/2019:00:00:38 +0000`, the strftime form of S3's log.
    func appendS3Form(to line: inout [UInt8]) {
        line.appendNumber(day, digits: 2)
        line.append(UInt8(ascii: "/"))
        line.append(contentsOf: LogTime.monthNames[month - 1].utf8)
        line.append(UInt8(ascii: "/"))
        line.appendNumber(year, digits: 4)
        line.append(UInt8(ascii: ":"))
        appendClock(to: &line)
        line.append(contentsOf: " +0000".utf8)
    }

    /// `2019-02-06T00:00:38.123Z`. See: RFC 3339 section 5.6.
    func appendInternetForm(to line: inout [UInt8]) {
        line.appendNumber(year, digits: 4)
        line.append(UInt8(ascii: "-"))
        line.appendNumber(month, digits: 2)
        line.append(UInt8(ascii: "-"))
        line.appendNumber(day, digits: 2)
        line.append(UInt8(ascii: "T"))
        appendClock(to: &line)
        line.append(UInt8(ascii: "."))
        line.appendNumber(millisecond, digits: 3)
        line.append(UInt8(ascii: "Z"))
    }

    private func appendClock(to line: inout [UInt8]) {
        line.appendNumber(hour, digits: 2)
        line.append(UInt8(ascii: ":"))
        line.appendNumber(minute, digits: 2)
        line.append(UInt8(ascii: ":"))
        line.appendNumber(second, digits: 2)
    }
}

extension [UInt8] {
    /// Appends a number, padded with zeros to at least `digits`.
    mutating func appendNumber(_ number: Int, digits: Int) {
        let text = String(number)
        for _ in 0..<Swift.max(0, digits - text.utf8.count) { append(UInt8(ascii: "0")) }
        append(contentsOf: text.utf8)
    }

    /// Appends a moment as `2019-02-06T00:00:38.123Z`.
    mutating func appendInternetTime(_ moment: Timestamp) {
        LogTime(moment).appendInternetForm(to: &self)
    }
}
