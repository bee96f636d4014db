// Why this file exists: dates are computed by hand, so they are held to known ones, to the borders of the calendar and
// to each other.
import ObjectCore
import Testing

@testable import S3Gateway

@Suite struct HTTPDatesTests {
    @Test(
        "known moments are written in both forms",
        arguments: [
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
            (951_782_400_123, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59.000Z"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59.000Z"),
            (253_402_300_799_000, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.000Z"),
        ])
    func known(_ milliseconds: Int64, _ http: String, _ iso: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(HTTPDate.text(time) == http)
        #expect(HTTPDate.iso8601(time) == iso)
        #expect(HTTPDate.parse(http) == Timestamp(milliseconds: time.seconds * 1000))
        #expect(HTTPDate.parseISO8601(iso) == Timestamp(milliseconds: time.seconds * 1000))
    }

    @Test("every day of four centuries is what the one before it says")
    func everyDay() {
        var weekday = 6  // 2000-01-01 was a Saturday.
        for day in 0..<146_097 {
            let seconds = 946_684_800 + Int64(day) * 86_400
            let fields = CalendarTime(secondsSince1970: seconds)
            #expect(fields.weekday == weekday)
            #expect(fields.secondsSince1970 == seconds)
            weekday = (weekday + 1) % 7
        }
    }

    @Test(
        "all three forms of HTTP are read",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37 -0000",
        ])
    func forms(_ text: String) {
        #expect(HTTPDate.parse(text)?.seconds == 784_111_777)
    }

    @Test("a two-digit year is at most 50 years ahead")
    func twoDigits() {
        let now: Int64 = 1_800_000_000  // 2027
        #expect(HTTPDate.text(HTTPDate.parse("Friday, 01-Jan-77 00:00:00 GMT", now: now)!).contains("2077"))
        #expect(HTTPDate.text(HTTPDate.parse("Friday, 01-Jan-78 00:00:00 GMT", now: now)!).contains("1978"))
    }

    @Test(
        "what is no date is nil",
        arguments: [
            "", "now", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT trailing", "Sun, 06 Foo 1994 08:49:37 GMT", "2024-01-01T00:00:00Z", "Sun,",
            "Tue, 27 Mar 2007 19:36:42 PST", "Tue, 27 Mar 2007 9:36:42 GMT",
            "Tue, 27 Mar 99999999999999999999 19:36:42 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
            "ééé, 06 Nov 1994 08:49:37 GMT",
        ])
    func refused(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test(
        "ISO 8601 is read with offsets, fractions of any length and as a date alone",
        arguments: [
            ("2009-10-12T17:50:30Z", 1_255_369_830_000), ("2009-10-12T17:50:30.1Z", 1_255_369_830_100),
            ("2009-10-12T17:50:30.123456789Z", 1_255_369_830_123), ("2009-10-12T19:50:30+02:00", 1_255_369_830_000),
            ("2009-10-12T12:20:30-0530", 1_255_369_830_000), ("2009-10-12", 1_255_305_600_000),
        ])
    func iso(_ text: String, _ milliseconds: Int64) {
        #expect(HTTPDate.parseISO8601(text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is not ISO 8601 is nil",
        arguments: [
            "", "2009", "2009-13-01T00:00:00Z", "2009-02-29T00:00:00Z", "2009-10-12T17:50:30", "2009-10-12T17:50:30.Z",
            "2009-10-12T17:50:30+25:00", "20091012T175030Z",
        ])
    func isoRefused(_ text: String) {
        #expect(HTTPDate.parseISO8601(text) == nil)
    }
}
