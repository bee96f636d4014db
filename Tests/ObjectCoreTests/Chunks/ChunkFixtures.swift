// Why this file exists: records and stores for the tests of this folder, small enough to look at every byte.
import Glibc
import Testing

@testable import ObjectCore

let testStoreIdentifier = [UInt8](1...16)

/// A record whose bytes follow from its id and length.
func record(_ id: Int64, _ length: Int, kind: ChunkKind = .data) -> ChunkRecord {
    var random = SeededRandom(seed: UInt64(bitPattern: id))
    // No zeros: a zeroed byte must differ.
    let bytes = random.bytes(count: length).map { $0 == 0 ? 1 : $0 }
    return ChunkRecord(id: ChunkID(id), kind: kind, digest: Digest.sha256(bytes), bytes: bytes)
}

extension SegmentStoreOptions {
    /// Segments of a few KiB and no background work: every call in an order that repeats.
    static var tiny: SegmentStoreOptions {
        var options = SegmentStoreOptions()
        options.segmentBytes = 8192
        options.smallSegmentBytes = 4096
        options.coldSegmentBytes = 8192
        options.prewrites = false
        options.prewriteStepBytes = 1024
        options.descriptorsMax = 3
        options.writebackStepBytes = 1024
        return options
    }

    static var tinyPrewritten: SegmentStoreOptions {
        var options = tiny
        options.prewrites = true
        return options
    }
}

extension SegmentStore {
    convenience init(
        _ directory: TemporaryDirectory, _ options: SegmentStoreOptions = .tiny, io: any IO = RealIO()
    ) throws(StoreError) {
        try self.init(
            directory: directory.file("segments"), storeIdentifier: testStoreIdentifier, io: io, options: options)
    }
}

extension ChunkStore {
    /// All chunks of all segments.
    func allChunks() throws -> [StoredChunk] {
        var chunks: [StoredChunk] = []
        for segment in try segments() {
            let used = try enumerate(segment: segment.number) { chunks.append($0) }
            #expect(used <= segment.usedBytes)
        }
        return chunks
    }
}

func bytes(of region: FileRegion) throws -> [UInt8] {
    try RealIO().readFully(region.file, count: region.length, at: region.offset)
}

func contents(_ path: String) throws -> [UInt8] {
    let file = try RealIO().open(path, .read)
    return try RealIO().readFully(file, count: Int(RealIO().status(of: file).size), at: 0)
}

func write(_ bytes: [UInt8], to path: String) throws {
    let file = try RealIO().open(path, .create)
    try RealIO().truncate(file, to: 0)
    try RealIO().writeFully(file, bytes, at: 0)
}

/// Whether the file has these bytes somewhere; a folder has none.
func holds(_ path: String, _ mark: [UInt8]) -> Bool {
    guard let file = try? contents(path) else { return false }
    return file.withUnsafeBytes { file in
        var rest = file[...]
        while rest.count >= mark.count, let first = mark.first {
            let bytes = UnsafeRawBufferPointer(rebasing: rest)
            guard let base = bytes.baseAddress, let found = memchr(base, Int32(first), bytes.count - mark.count + 1)
            else { return false }
            if memcmp(found, mark, mark.count) == 0 { return true }
            rest = rest.dropFirst(UnsafeRawPointer(found) - base + 1)
        }
        return false
    }
}
