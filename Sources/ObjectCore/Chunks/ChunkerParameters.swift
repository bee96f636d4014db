// Why this file exists: the three lengths that decide where bodies are cut, checked once, so that the chunker has no
// impossible case.

/// Lengths for cutting a body into chunks. See docs/FORMAT.md, "Cutting".
public struct ChunkerParameters: Sendable, Hashable {
    /// No chunk but the last of a body is shorter, in bytes.
    public let minimum: Int
    /// Chunks gather around this length in bytes, a power of two.
    public let average: Int
    /// No chunk is longer, in bytes.
    public let maximum: Int

    /// 64 KiB, 256 KiB, 1 MiB.
    public static let standard = ChunkerParameters(checkedMinimum: 65_536, average: 262_144, maximum: 1_048_576)

    /// The shortest minimum: the fingerprint sees 64 bytes at most.
    public static let minimumLeast = 64
    /// The longest maximum: an upload holds a whole chunk in memory.
    public static let maximumMost = 256 << 20

    /// - Throws: ``StoreError/invalidArgument(_:)`` unless 64 <= minimum < average < maximum <= 256 MiB and average is
    ///   a power of two.
    public init(minimum: Int, average: Int, maximum: Int) throws(StoreError) {
        guard minimum >= Self.minimumLeast, minimum < average, average < maximum, maximum <= Self.maximumMost else {
            throw .invalidArgument(
                "chunk lengths must satisfy \(Self.minimumLeast) <= minimum < average < maximum <= "
                    + "\(Self.maximumMost), not \(minimum), \(average), \(maximum)")
        }
        guard average & (average - 1) == 0 else {
            throw .invalidArgument("the average chunk length must be a power of two, not \(average)")
        }
        self.init(checkedMinimum: minimum, average: average, maximum: maximum)
    }

    private init(checkedMinimum: Int, average: Int, maximum: Int) {
        self.minimum = checkedMinimum
        self.average = average
        self.maximum = maximum
    }

    /// Base-two logarithm of the average.
    var averageBits: Int { average.trailingZeroBitCount }
}
