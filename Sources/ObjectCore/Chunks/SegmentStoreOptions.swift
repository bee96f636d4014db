// Why this file exists: the sizes of a segment store, each with what it costs.

/// Sizes and limits of a ``SegmentStore``.
public struct SegmentStoreOptions: Sendable {
    /// Length in bytes at which a bulk segment is sealed. Longer ones take longer to compact, shorter ones need more
    /// descriptors.
    public var segmentBytes: Int64 = 256 << 20
    /// Length in bytes of a small-stream segment. A spare of this length is filled with zeros in the background.
    public var smallSegmentBytes: Int64 = 32 << 20
    /// Length in bytes at which a segment of the cold stream is sealed. They are seldom compacted, so fewer and longer
    /// files cost nothing.
    public var coldSegmentBytes: Int64 = 1 << 30
    /// Whether spares are made. Without them every small commit pays for growing its file.
    public var prewrites = true
    /// Zeros are written and flushed so many bytes at a time.
    public var prewriteStepBytes = 1 << 20
    /// No spare is made when less than this many times its length is free on the device.
    public var prewriteFreeFactorMin: Int64 = 8
    /// Most descriptors of sealed segments kept open for reading.
    public var descriptorsMax = 512
    /// After so many bytes of bulk appends the device is asked to begin writing them, so that the flush finds less.
    public var writebackStepBytes: Int64 = 8 << 20
    /// Payloads of so many of the last bytes of a segment that was open at a crash are checked at the next start.
    public var recoveryVerifyBytesMax: Int64 = 64 << 20

    public init() {}

    /// Where segments of a stream end.
    func lengthMaximum(of stream: ChunkStream) -> Int64 {
        switch stream {
        case .small: smallSegmentBytes
        case .bulk: segmentBytes
        case .cold: coldSegmentBytes
        }
    }

    func validate() throws(StoreError) {
        guard segmentBytes >= 4096, smallSegmentBytes >= 4096, coldSegmentBytes >= 4096, prewriteStepBytes >= 512,
            descriptorsMax >= 1,
            prewriteFreeFactorMin >= 1, writebackStepBytes >= 1, recoveryVerifyBytesMax >= 0,
            segmentBytes <= 1 << 40, smallSegmentBytes <= 1 << 40, coldSegmentBytes <= 1 << 40
        else { throw .invalidArgument("a size of the segment store is out of range: \(self)") }
    }
}

/// What happened to a segment that was being appended to when the last process ended.
public struct SegmentRecovery: Sendable, Equatable {
    /// How the content of the segment was found to end.
    public enum Ending: Sendable, Equatable {
        /// The records end where the file's content ends.
        case clean
        /// Bytes that are no whole record follow the last whole one, as after an append that was cut off.
        case tornTail(bytes: Int64)
        /// The segment's own header is damaged although content follows. The file is kept; reads from it fail.
        case damagedHeader
        /// Nothing was in it; the file was removed.
        case empty
    }
    public var number: Int64
    /// Bytes of whole records, headers included.
    public var usedBytes: Int64
    public var ending: Ending
}
