// Why this file exists: dates are written on every response and read from every signature, so the calendar is
// computed with integers here instead of going through Foundation's formatters.
// Invariant: the proleptic Gregorian calendar in UTC; the arithmetic is exact for every year from 0 to 9999.

/// A moment of UTC, taken apart into calendar fields.
struct CalendarTime: Equatable {
    var year: Int
    /// 1…12
    var month: Int
    /// 1…31
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    /// The last second that four digits of year can name: 9999-12-31T23:59:59Z.
    static let latestSeconds: Int64 = 253_402_300_799

    /// Takes seconds since 1970 apart. Moments outside of years 0 to 9999 are moved to the nearest end.
    init(secondsSince1970: Int64) {
        let seconds = min(max(secondsSince1970, -62_167_219_200), CalendarTime.latestSeconds)
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        hour = Int(rest / 3600)
        minute = Int(rest % 3600 / 60)
        second = Int(rest % 60)
        // Days are counted from 0000-03-01, so that the leap day is the last of its year: the months before it then
        // have a fixed pattern of lengths. See: https://howardhinnant.github.io/date_algorithms.html
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1)
        month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// Fields as somebody wrote them; nil when they name no moment (a leap second counts as the one before it).
    init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second), day >= 1,
            day <= CalendarTime.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = min(second, 59)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01.
    private var dayNumber: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var secondsSince1970: Int64 {
        dayNumber * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
    }

    /// 0 is Sunday.
    var weekday: Int {
        let remainder = (dayNumber + 4) % 7
        return Int(remainder < 0 ? remainder + 7 : remainder)
    }
}

// MARK: Writing

extension CalendarTime {
    /// Appends year, month and day: `20091012`, or `2009-10-12` with a separator.
    func appendDate(separator: UInt8? = nil, to bytes: inout [UInt8]) {
        bytes.appendDigits(year, count: 4)
        if let separator { bytes.append(separator) }
        bytes.appendDigits(month, count: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDigits(day, count: 2)
    }

    /// Appends hour, minute and second: `175030`, or `17:50:30` with a separator.
    func appendClock(separator: UInt8? = nil, to bytes: inout [UInt8]) {
        bytes.appendDigits(hour, count: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDigits(minute, count: 2)
        if let separator { bytes.append(separator) }
        bytes.appendDigits(second, count: 2)
    }
}

extension [UInt8] {
    /// Appends the last `count` decimal digits of a number that is not negative, zeros in front.
    mutating func appendDigits(_ number: Int, count: Int) {
        var scale = 1
        for _ in 1..<count { scale *= 10 }
        while scale > 0 {
            append(48 + UInt8(number / scale % 10))
            scale /= 10
        }
    }
}
