// Why this file exists: times of events are read as their specification writes them, and nothing else is a time.
import Testing

@testable import Lineage
@testable import ObjectCore

@Suite struct EventTimeTests {
    @Test(
        "RFC 3339 is read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2020-12-28T19:52:00.001+10:00", 1_609_149_120_001),
            ("2020-12-28T09:52:00.0019Z", 1_609_149_120_001), ("2020-12-28t09:52:00z", 1_609_149_120_000),
            ("2020-12-28T09:52:00", 1_609_149_120_000), ("2024-02-29T00:00:00-01:30", 1_709_170_200_000),
        ])
    func read(text: String, milliseconds: Int64) {
        #expect(EventTime.parse(text)?.milliseconds == milliseconds)
    }

    @Test(
        "anything else is not", arguments: ["", "now", "2020-13-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00Zx"])
    func refused(text: String) { #expect(EventTime.parse(text) == nil) }

    @Test("what is written is read again", arguments: [0, 1, 951_782_400_000, 1_609_149_120_001, 253_402_300_799_999])
    func roundTrip(milliseconds: Int64) throws {
        let time = try #require(EventTime.parse(EventTime.text(.init(milliseconds: milliseconds))))
        #expect(time.milliseconds == milliseconds)
    }
}
