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
        guard text.utf8.count == RunID.textLength else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for (index, character) in text.utf8.enumerated() {
            if RunID.isHyphen(index) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Hex.value(character) else { return nil }
                // The first half ends with the third group.
                if index < 18 {
                    halves.high = halves.high << 4 | UInt64(digit)
                } else {
                    halves.low = halves.low << 4 | UInt64(digit)
                }
            }
        }
        (high, low) = halves
    }

    /// In lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: RunID.textLength) { text in
            var shift = 64
            for index in 0..<RunID.textLength {
                if RunID.isHyphen(index) {
                    text[index] = UInt8(ascii: "-")
                    if index == 18 { shift = 64 }
                } else {
                    shift -= 4
                    text[index] = Hex.digit(UInt8(truncatingIfNeeded: (index < 18 ? high : low) >> shift) & 15)
                }
            }
            return RunID.textLength
        }
    }

    private static let textLength = 36
    /// Where the groups end.
    private static func isHyphen(_ index: Int) -> Bool { index == 8 || index == 13 || index == 18 || index == 23 }
}
