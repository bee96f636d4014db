// Why this file exists: conditions on dates take ISO 8601 in the forms of the W3C's note, and seconds since 1970.
// See: https://www.w3.org/TR/NOTE-datetime

enum PolicyDate {
    /// Milliseconds since 1970; nil when the text is no date.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 40 else { return nil }
        if let seconds = ASCII.decimal(bytes) { return seconds <= 1 << 50 ? seconds * 1000 : nil }
        guard bytes.count >= 7, let year = number(bytes, 0..<4), bytes[4] == UInt8(ascii: "-"),
            let month = number(bytes, 5..<7)
        else { return nil }
        guard bytes.count > 7 else { return moment(year, month, 1, 0, 0, 0) }
        guard bytes.count >= 10, bytes[7] == UInt8(ascii: "-"), let day = number(bytes, 8..<10) else { return nil }
        guard bytes.count > 10 else { return moment(year, month, day, 0, 0, 0) }
        guard bytes.count >= 17, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            let hour = number(bytes, 11..<13), let minute = number(bytes, 14..<16)
        else { return nil }
        var position = 16
        var second = 0
        var fraction: Int64 = 0
        if bytes[16] == UInt8(ascii: ":") {
            guard bytes.count >= 20, let value = number(bytes, 17..<19) else { return nil }
            second = value
            position = 19
            if bytes[19] == UInt8(ascii: ".") {
                let digits = bytes[20...].prefix(while: ASCII.isDigit)
                guard !digits.isEmpty, digits.count <= 9 else { return nil }
                for (place, digit) in zip([100, 10, 1], digits) { fraction += Int64(place) * Int64(digit - 0x30) }
                position = 20 + digits.count
            }
        }
        guard let start = moment(year, month, day, hour, minute, second),
            let offset = offset(bytes[position...])
        else { return nil }
        return start + fraction - offset
    }

    private static func moment(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int
    ) -> Int64? {
        CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
            .map { $0.secondsSince1970 * 1000 }
    }

    // `Z`, or hours and minutes before or behind UTC, in milliseconds.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(zone)
        if bytes == [UInt8(ascii: "Z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = number(bytes, 1..<3), let minutes = number(bytes, 4..<6), hours < 24, minutes < 60
        else { return nil }
        let milliseconds = Int64(hours * 60 + minutes) * 60_000
        return bytes[0] == UInt8(ascii: "+") ? milliseconds : -milliseconds
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        guard range.upperBound <= bytes.count else { return nil }
        return ASCII.decimal(bytes[range]).map(Int.init)
    }
}
