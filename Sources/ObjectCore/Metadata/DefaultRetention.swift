// Why this file exists: what a bucket with Object Lock gives to objects that come without a retention of their own.

/// The default retention of a bucket.
/// See: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
public struct DefaultRetention: Sendable, Hashable {
    /// How long, in the unit in which it was said.
    public enum Period: Sendable, Hashable {
        case days(Int)
        /// Years of 365 days: AWS's limits, 36,500 days and 100 years, make them equal.
        case years(Int)

        /// In days.
        public var days: Int {
            switch self {
            case .days(let days): days
            case .years(let years): years * 365
            }
        }
    }

    public static let daysMaximum = 36_500
    public static let yearsMaximum = 100

    public var mode: Retention.Mode
    public var period: Period

    /// Nil when the period is not positive or beyond its maximum.
    public init?(mode: Retention.Mode, period: Period) {
        switch period {
        case .days(let days): guard (1...DefaultRetention.daysMaximum).contains(days) else { return nil }
        case .years(let years): guard (1...DefaultRetention.yearsMaximum).contains(years) else { return nil }
        }
        self.mode = mode
        self.period = period
    }

    /// The retention of an object that is written at `time`.
    public func retention(from time: Timestamp) -> Retention {
        Retention(mode: mode, until: Timestamp(milliseconds: time.milliseconds + Int64(period.days) * 86_400_000))
    }

    // MARK: The row

    /// Two bytes that say mode and unit, and the number, little-endian.
    var encoded: [UInt8] {
        let (unit, number): (UInt8, Int) =
            switch period {
            case .days(let days): (1, days)
            case .years(let years): (2, years)
            }
        return [mode.rawValue, unit] + withUnsafeBytes(of: UInt32(number).littleEndian) { Array($0) }
    }

    init(encoded bytes: [UInt8]) throws(StoreError) {
        guard bytes.count == 6, let mode = Retention.Mode(rawValue: bytes[0]) else {
            throw .corrupt("a default retention is not readable")
        }
        let number = bytes[2...].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard
            let decoded = DefaultRetention(mode: mode, period: bytes[1] == 1 ? .days(number) : .years(number))
        else { throw .corrupt("a default retention is out of bounds") }
        self = decoded
    }
}
