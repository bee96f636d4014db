// Why this file exists: moments as events write them (RFC 3339), read and written without a formatter.
public import ObjectCore

/// Moments in the form of RFC 3339.
public enum EventTime {
    /// Reads `2020-12-28T19:52:00.001+10:00`; nil when it is no such text. Parts of a millisecond are cut off. A time
    /// without a zone is taken as UTC: the OpenLineage schema asks for a zone, and some producers forget it.
    public static func parse(_ text: String) -> Timestamp? {
        var rest = Array(text.utf8)[...]
        guard let year = number(&rest, 4), take(&rest, "-"), let month = number(&rest, 2), take(&rest, "-"),
            let day = number(&rest, 2), take(&rest, "T") || take(&rest, "t") || take(&rest, " "),
            let hour = number(&rest, 2), take(&rest, ":"), let minute = number(&rest, 2), take(&rest, ":"),
            let second = number(&rest, 2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var milliseconds: Int64 = 0
        if take(&rest, ".") {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            let three = digits.prefix(3)
            milliseconds = three.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            for _ in three.count..<3 { milliseconds *= 10 }
        }
        var offset: Int64 = 0
        if !rest.isEmpty, !take(&rest, "Z"), !take(&rest, "z") {
            let isWest = rest.first == UInt8(ascii: "-")
            guard take(&rest, "+") || take(&rest, "-"), let hours = number(&rest, 2) else { return nil }
            _ = take(&rest, ":")
            guard let minutes = number(&rest, 2), hours < 24, minutes < 60 else { return nil }
            offset = (hours * 60 + minutes) * (isWest ? -60 : 60)
        }
        guard rest.isEmpty else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
        return Timestamp(milliseconds: seconds * 1000 + milliseconds)
    }

    /// `2026-02-06T00:00:38.120Z`
    public static func text(_ time: Timestamp) -> String {
        let milliseconds = max(0, time.milliseconds)
        var days = milliseconds / 86_400_000
        let clock = milliseconds % 86_400_000
        // See: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
        days += 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(clock / 3_600_000, 2)):"
            + "\(padded(clock / 60_000 % 60, 2)):\(padded(clock / 1000 % 60, 2)).\(padded(clock % 1000, 3))Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Days since 1970-01-01. See: https://howardhinnant.github.io/date_algorithms.html#days_from_civil
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
