// Why this file exists: what a power failure took from segments that were not flushed yet, but whose bytes the database
// had made durable, is written to them again before anything else looks at them. See docs/FORMAT.md, "Redo".
// Invariant: only what reads as zeros is written, since that is what a block reads as that never reached the disk. Other
// bytes that differ are damage, or somebody's work, and stay to be found. Nothing is written into a file that is not the
// segment it claims to be, and one that is gone stays gone: its number is never used again.

/// Writes images of records into the segments they belong to.
struct SegmentRestorer {
    /// What a disk writes whole or not at all, in bytes.
    private static let sectorLength = 512

    let directory: SegmentDirectory

    /// Writes what differs, and flushes all: after a crash of the process alone the bytes are there, but not durable.
    func restore(_ images: [SegmentImage]) throws(StoreError) {
        do throws(SystemCallError) {
            let bySegment = Dictionary(grouping: images, by: \.segment)
            for (number, images) in bySegment.sorted(by: { $0.key < $1.key }) {
                guard let file = try open(number) else { continue }
                for image in images.sorted(by: { $0.offset < $1.offset }) {
                    try restore(image, to: file)
                }
                try directory.io.synchronize(file)
            }
        } catch {
            throw error.isOutOfSpace ? .outOfSpace : .system(error)
        }
    }

    private func restore(_ image: SegmentImage, to file: OpenFile) throws(SystemCallError) {
        let found = try directory.io.readFully(file, count: image.bytes.count, at: image.offset)
        if found == image.bytes { return }
        var start = 0
        while start < image.bytes.count {
            let rest = Self.sectorLength - Int((image.offset + Int64(start)) % Int64(Self.sectorLength))
            let end = min(start + rest, image.bytes.count)
            let isLost = found[min(start, found.count)..<min(end, found.count)].allSatisfy { $0 == 0 }
            if isLost {
                try directory.io.writeFully(file, Array(image.bytes[start..<end]), at: image.offset + Int64(start))
            }
            start = end
        }
    }

    /// The file of a segment, whichever name it has; nil when there is none or it is not this store's.
    private func open(_ number: Int64) throws(SystemCallError) -> OpenFile? {
        let place = directory.place(of: .small)
        for path in [directory.path(open: number, place), directory.path(sealed: number, place)] {
            do throws(SystemCallError) {
                let file = try directory.io.open(path, .readWrite)
                let bytes = try directory.io.readFully(file, count: SegmentFormat.headerLength, at: 0)
                guard let header = SegmentHeader(decoding: bytes) else { return nil }
                return header.number == number && header.store == directory.store ? file : nil
            } catch {
                guard error.isMissing else { throw error }
            }
        }
        return nil
    }
}
