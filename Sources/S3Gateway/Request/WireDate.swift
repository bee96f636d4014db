// Why this file exists: the two forms of ISO 8601 that signatures use, read strictly, since what was signed must have
// one reading only. HTTP dates and the form of XML are HTTPDate's; the calendar is CalendarTime's.

/// Dates as signatures and policies write them, in seconds since 1970 (UTC).
public enum WireDate {
    /// Reads `20130524T000000Z`.
    public static func parseBasic(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[4..<6]), let day = number(bytes[6..<8]),
            let hour = number(bytes[9..<11]), let minute = number(bytes[11..<13]), let second = number(bytes[13..<15])
        else { return nil }
        return CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)?
            .secondsSince1970
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
        return CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)?
            .secondsSince1970
    }

    /// `20130524T000000Z`.
    public static func basic(_ seconds: Int64) -> String {
        text(seconds) { time, bytes in
            time.appendDate(to: &bytes)
            bytes.append(UInt8(ascii: "T"))
            time.appendClock(to: &bytes)
        }
    }

    /// `2013-05-24T00:00:00Z`.
    public static func extended(_ seconds: Int64) -> String {
        text(seconds) { time, bytes in
            time.appendDate(separator: UInt8(ascii: "-"), to: &bytes)
            bytes.append(UInt8(ascii: "T"))
            time.appendClock(separator: UInt8(ascii: ":"), to: &bytes)
        }
    }

    private static func text(_ seconds: Int64, _ append: (CalendarTime, inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        append(CalendarTime(secondsSince1970: seconds), &bytes)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.count <= 9 else { return nil }
        return ASCII.decimal(digits).map(Int.init)
    }
}
