// Why this file exists: reading a segment record by record, for enumeration and recovery, with few reads: wide windows
// over small records, narrow ones over the headers of large records.

/// Walks over the records of one segment.
struct SegmentScanner {
    private let io: any IO
    private let file: OpenFile
    private let seed: RecordSeed
    /// Nothing at or behind this offset is looked at.
    private let end: Int64
    /// Where the next record's header would begin.
    private(set) var position: Int64
    private var window: [UInt8] = []
    private var windowStart: Int64 = 0
    private var lastLength = 0

    static let wideWindow = 256 << 10
    static let narrowWindow = 4 << 10

    /// - Parameter start: where a record's header begins.
    init(
        _ io: any IO, _ file: OpenFile, seed: RecordSeed, end: Int64,
        from start: Int64 = Int64(SegmentFormat.headerLength)
    ) {
        self.io = io
        self.file = file
        self.seed = seed
        self.end = end
        position = start
    }

    /// The next whole record and where its payload begins, or nil at the end of the records.
    mutating func next() throws(SystemCallError) -> (header: RecordHeader, payload: Int64)? {
        let headerLength = SegmentFormat.recordHeaderLength
        guard end - position >= Int64(headerLength) else { return nil }
        var start = position - windowStart
        if start < 0 || start + Int64(headerLength) > Int64(window.count) {
            let wanted = lastLength < Self.wideWindow / 8 ? Self.wideWindow : Self.narrowWindow
            window = try io.readFully(file, count: Int(min(Int64(wanted), end - position)), at: position)
            windowStart = position
            start = 0
            guard window.count >= headerLength else { return nil }
        }
        let header = window.withUnsafeBytes { bytes in
            RecordHeader(
                decoding: UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<(Int(start) + headerLength)]),
                seed: seed, offset: position)
        }
        let payload = position + Int64(headerLength)
        guard let header, Int64(header.length) <= end - payload else { return nil }
        position = payload + Int64(header.length)
        lastLength = header.length
        return (header, payload)
    }
}
