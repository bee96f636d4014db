// Why this file exists: a run is one execution of a program that reads and writes objects. Every change is journalled
// with the run that it belongs to, so the identity of runs is the core's, and what is known of them is Lineage's.

/// The identity of a run: a UUID. Cairn issues version 7 and takes any.
/// See: RFC 9562; OpenLineage's `runId`.
public struct RunID: Sendable, Hashable {
    /// The 128 bits, the first eight bytes in `high`, big-endian.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new one of version 7: the milliseconds, then 74 random bits.
    public static func make(at time: Timestamp) -> RunID {
        var generator = SystemRandomNumberGenerator()
        let milliseconds = UInt64(clamping: time.milliseconds) & 0xffff_ffff_ffff
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xfff, using: &generator)
        let low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3fff_ffff_ffff_ffff, using: &generator)
        return RunID(high: high, low: low)
    }
}

extension RunID: LosslessStringConvertible {
    /// Reads the form of RFC 9562 section 4: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    public init?(_ text: String) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
            let bytes = Hex.decode(groups.joined()), bytes.count == 16
        else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// In lower case.
    public var description: String {
        let bytes = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        let digits = Hex.encode(bytes)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
