// Why this file exists: the one place that writes and reads the two date forms of S3: HTTP dates in headers and
// ISO 8601 in XML. Reading accepts the obsolete forms too, because a recipient must. See: RFC 9110 section 5.6.7.
public import ObjectCore

/// Dates as HTTP and S3 write them, without Foundation.
public enum HTTPDate {
    /// The length of every date that ``append(_:to:)`` writes, in bytes.
    public static let length = 29
    private static let weekdays = Array("SunMonTueWedThuFriSat".utf8)
    private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

    /// Appends `Sun, 06 Nov 1994 08:49:37 GMT`.
    public static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
        let fields = CalendarTime(secondsSince1970: time.seconds)
        bytes.append(contentsOf: weekdays[fields.weekday * 3..<fields.weekday * 3 + 3])
        bytes.append(0x2C)
        bytes.append(0x20)
        bytes.appendDigits(fields.day, count: 2)
        bytes.append(0x20)
        bytes.append(contentsOf: months[fields.month * 3 - 3..<fields.month * 3])
        bytes.append(0x20)
        bytes.appendDigits(fields.year, count: 4)
        bytes.append(0x20)
        fields.appendClock(separator: UInt8(ascii: ":"), to: &bytes)
        bytes.append(0x20)
        bytes.append(0x47)
        bytes.append(0x4D)
        bytes.append(0x54)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    public static func text(_ time: Timestamp) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `2009-10-12T17:50:30.000Z`, as S3 writes times in XML.
    public static func iso8601(_ time: Timestamp) -> String {
        let fields = CalendarTime(secondsSince1970: time.seconds)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        fields.appendDate(separator: UInt8(ascii: "-"), to: &bytes)
        bytes.append(0x54)
        fields.appendClock(separator: UInt8(ascii: ":"), to: &bytes)
        // S3 tells whole seconds, in this form; HEAD and listings must tell the same.
        bytes.append(contentsOf: ".000Z".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: Reading

extension HTTPDate {
    /// Reads an HTTP date in any of its three forms; nil when it is none.
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    /// A two-digit year is taken to be at most 50 years ahead of `now`, in seconds since 1970.
    public static func parse(_ text: some StringProtocol, now: Int64 = 1_800_000_000) -> Timestamp? {
        var scanner = DateScanner(Array(text.utf8))
        guard scanner.skipWeekday() else { return nil }
        let fields =
            scanner.takesComma() ? datedFields(&scanner, now: now) : asctimeFields(&scanner)
        guard let fields, scanner.isAtEnd else { return nil }
        return Timestamp(milliseconds: fields.secondsSince1970 * 1000)
    }

    private static func datedFields(_ scanner: inout DateScanner, now: Int64) -> CalendarTime? {
        scanner.skipSpaces()
        guard let day = scanner.number(digits: 1...2), let separator = scanner.separator(),
            let month = scanner.month(), scanner.separator() == separator, let written = scanner.number(digits: 2...4)
        else { return nil }
        var year = written
        if separator == UInt8(ascii: "-"), written < 100 {
            // RFC 9110: a two-digit year that appears more than 50 years ahead is the most recent past year.
            let current = CalendarTime(secondsSince1970: now).year
            year += current / 100 * 100
            if year > current + 50 { year -= 100 }
        }
        scanner.skipSpaces()
        guard let clock = scanner.clock() else { return nil }
        scanner.skipSpaces()
        guard scanner.takes("GMT") || scanner.takes("UTC") || scanner.takes("+0000") || scanner.takes("-0000")
        else { return nil }
        return CalendarTime(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
    }

    private static func asctimeFields(_ scanner: inout DateScanner) -> CalendarTime? {
        scanner.skipSpaces()
        guard let month = scanner.month() else { return nil }
        scanner.skipSpaces()
        guard let day = scanner.number(digits: 1...2) else { return nil }
        scanner.skipSpaces()
        guard let clock = scanner.clock() else { return nil }
        scanner.skipSpaces()
        guard let year = scanner.number(digits: 4...4) else { return nil }
        return CalendarTime(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
    }

    /// Reads `2009-10-12T17:50:30Z`, with a fraction of any length and with `Z` or a numeric offset; a date alone is
    /// its midnight. Nil when it is none of these.
    public static func parseISO8601(_ text: some StringProtocol) -> Timestamp? {
        var scanner = DateScanner(Array(text.utf8))
        guard let year = scanner.number(digits: 4...4), scanner.takes("-"), let month = scanner.number(digits: 2...2),
            scanner.takes("-"), let day = scanner.number(digits: 2...2)
        else { return nil }
        var clock = (hour: 0, minute: 0, second: 0)
        var milliseconds: Int64 = 0
        var offsetSeconds: Int64 = 0
        if !scanner.isAtEnd {
            guard scanner.takes("T") || scanner.takes(" "), let given = scanner.clock() else { return nil }
            clock = given
            if scanner.takes(".") {
                guard let fraction = scanner.milliseconds() else { return nil }
                milliseconds = fraction
            }
            guard let offset = scanner.offset() else { return nil }
            offsetSeconds = offset
        }
        guard scanner.isAtEnd,
            let fields = CalendarTime(
                year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
        else { return nil }
        return Timestamp(milliseconds: (fields.secondsSince1970 - offsetSeconds) * 1000 + milliseconds)
    }
}

/// Reads the parts of a date one after the other.
private struct DateScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpaces() {
        while current == 0x20 { position += 1 }
    }

    /// A weekday, short or long; its truth is not checked, as RFC 9110 does not ask for it.
    mutating func skipWeekday() -> Bool {
        let start = position
        while let byte = current, byte | 0x20 >= 0x61, byte | 0x20 <= 0x7A { position += 1 }
        return (3...9).contains(position - start)
    }

    mutating func takesComma() -> Bool { takes(",") }

    mutating func takes(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        let matches = text.withUTF8Buffer { wanted in
            for index in 0..<count where bytes[position + index] != wanted[index] { return false }
            return true
        }
        if matches { position += count }
        return matches
    }

    mutating func separator() -> UInt8? {
        guard let byte = current, byte == 0x20 || byte == UInt8(ascii: "-") else { return nil }
        position += 1
        return byte
    }

    mutating func number(digits: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while count < digits.upperBound, let byte = current, byte >= 48, byte <= 57 {
            value = value * 10 + Int(byte - 48)
            position += 1
            count += 1
        }
        return count >= digits.lowerBound ? value : nil
    }

    mutating func month() -> Int? {
        guard position + 3 <= bytes.count else { return nil }
        let names: StaticString = "janfebmaraprmayjunjulaugsepoctnovdec"
        let found: Int? = names.withUTF8Buffer { names in
            for month in 0..<12 {
                var matches = true
                for index in 0..<3 where bytes[position + index] | 0x20 != names[month * 3 + index] { matches = false }
                if matches { return month + 1 }
            }
            return nil
        }
        if found != nil { position += 3 }
        return found
    }

    mutating func clock() -> (hour: Int, minute: Int, second: Int)? {
        guard let hour = number(digits: 2...2), takes(":"), let minute = number(digits: 2...2), takes(":"),
            let second = number(digits: 2...2)
        else { return nil }
        return (hour, minute, second)
    }

    /// The first three digits of a fraction; further ones are read and dropped.
    mutating func milliseconds() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let byte = current, byte >= 48, byte <= 57 {
            if count < 3 { value = value * 10 + Int64(byte - 48) }
            position += 1
            count += 1
        }
        guard count > 0 else { return nil }
        while count < 3 {
            value *= 10
            count += 1
        }
        return value
    }

    /// `Z`, or an offset from UTC in seconds.
    mutating func offset() -> Int64? {
        if takes("Z") || takes("z") { return 0 }
        let sign: Int64
        if takes("+") { sign = 1 } else if takes("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2...2) else { return nil }
        _ = takes(":")
        guard let minutes = number(digits: 2...2), hours < 24, minutes < 60 else { return nil }
        return sign * Int64(hours * 3600 + minutes * 60)
    }
}
