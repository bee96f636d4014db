// Why this file exists: the dates that requests carry, read and written without Foundation, whose formatters cost
// more than a whole signature. Calendar arithmetic is the proleptic Gregorian one, valid for years 0 to 9999.

/// Dates as they stand in headers, in seconds since 1970 (UTC).
public enum WireDate {
    /// Reads `20130524T000000Z`.
    public static func parseBasic(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[4..<6]), let day = number(bytes[6..<8]),
            let hour = number(bytes[9..<11]), let minute = number(bytes[11..<13]), let second = number(bytes[13..<15])
        else { return nil }
        return seconds(year, month, day, hour, minute, second)
    }

    /// Reads `2015-12-29T00:00:00Z` with or without a fraction of a second, which is dropped.
    public static func parseExtended(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count >= 20, bytes.count <= 30, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes.last == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19])
        else { return nil }
        if bytes.count > 20 {
            guard bytes.count > 21, bytes[19] == UInt8(ascii: "."), number(bytes[20..<(bytes.count - 1)]) != nil else {
                return nil
            }
        }
        return seconds(year, month, day, hour, minute, second)
    }

    /// Reads the three forms of an HTTP date, the first with a numeric zone of zero too.
    /// See: RFC 9110 section 5.6.7.
    public static func parseHTTP(_ text: String) -> Int64? {
        let words = text.split(separator: " ").map(String.init)
        switch words.count {
        case 6:  // Tue, 27 Mar 2007 19:36:42 GMT
            guard ["GMT", "+0000", "-0000", "UTC"].contains(words[5]), let month = month(words[2]) else { return nil }
            return seconds(day: words[1], month: month, year: words[3], clock: words[4])
        case 4:  // Tuesday, 27-Mar-07 19:36:42 GMT
            let parts = words[1].split(separator: "-").map(String.init)
            guard parts.count == 3, words[3] == "GMT", let month = month(parts[1]),
                let short = number(Array(parts[2].utf8)[...]), parts[2].utf8.count == 2
            else { return nil }
            return seconds(
                day: parts[0], month: month, year: String(short < 70 ? 2000 + short : 1900 + short), clock: words[2])
        case 5:  // Tue Mar 27 19:36:42 2007
            guard let month = month(words[1]) else { return nil }
            return seconds(day: words[2], month: month, year: words[4], clock: words[3])
        default: return nil
        }
    }

    /// `20130524T000000Z`.
    public static func basic(_ seconds: Int64) -> String {
        let moment = Moment(seconds)
        return pad(moment.year, 4) + pad(moment.month, 2) + pad(moment.day, 2) + "T" + pad(moment.hour, 2)
            + pad(moment.minute, 2) + pad(moment.second, 2) + "Z"
    }

    /// `2013-05-24T00:00:00Z`.
    public static func extended(_ seconds: Int64) -> String {
        let moment = Moment(seconds)
        return pad(moment.year, 4) + "-" + pad(moment.month, 2) + "-" + pad(moment.day, 2) + "T"
            + pad(moment.hour, 2) + ":" + pad(moment.minute, 2) + ":" + pad(moment.second, 2) + "Z"
    }

    /// `Fri, 24 May 2013 00:00:00 GMT`. See: RFC 9110 section 5.6.7.
    public static func http(_ seconds: Int64) -> String {
        let moment = Moment(seconds)
        return weekdays[moment.weekday] + ", " + pad(moment.day, 2) + " " + months[moment.month - 1] + " "
            + pad(moment.year, 4) + " " + pad(moment.hour, 2) + ":" + pad(moment.minute, 2) + ":"
            + pad(moment.second, 2) + " GMT"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let secondsPerDay: Int64 = 86_400
    /// The first second of year 0 and the last of year 9999: what four digits can say.
    private static let representable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    private struct Moment {
        let year: Int
        let month: Int
        let day: Int
        let hour: Int
        let minute: Int
        let second: Int
        let weekday: Int

        // Days to civil date. See: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        init(_ seconds: Int64) {
            let seconds = min(max(seconds, representable.lowerBound), representable.upperBound)
            var days = Int(seconds / secondsPerDay)
            var rest = Int(seconds % secondsPerDay)
            if rest < 0 {
                days -= 1
                rest += Int(secondsPerDay)
            }
            hour = rest / 3600
            minute = rest / 60 % 60
            second = rest % 60
            weekday = ((days + 4) % 7 + 7) % 7
            let shifted = days + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let monthFromMarch = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
            month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        }
    }

    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int
    ) -> Int64? {
        // A leap second counts as the first of the next minute.
        guard (0...9999).contains(year), (1...12).contains(month), (1...daysIn(month, of: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = Int64(era * 146_097 + dayOfEra - 719_468)
        return days * secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func seconds(day: String, month: Int, year: String, clock: String) -> Int64? {
        let clock = Array(clock.utf8)
        guard clock.count == 8, clock[2] == UInt8(ascii: ":"), clock[5] == UInt8(ascii: ":"),
            let hour = number(clock[0..<2]), let minute = number(clock[3..<5]), let second = number(clock[6..<8]),
            (1...2).contains(day.utf8.count), year.utf8.count == 4,
            let day = number(Array(day.utf8)[...]), let year = number(Array(year.utf8)[...])
        else { return nil }
        return seconds(year, month, day, hour, minute, second)
    }

    private static func month(_ name: String) -> Int? {
        months.firstIndex(of: name).map { $0 + 1 }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.count <= 9 else { return nil }
        return ASCII.decimal(digits).map(Int.init)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return digits.utf8.count >= width
            ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
