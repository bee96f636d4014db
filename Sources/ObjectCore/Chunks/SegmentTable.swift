// Why this file exists: what is known about every segment, the bounded cache of descriptors for reading, the set of
// segments that need a flush, and whether the store still accepts writes: one lock, held for lookups only, never for
// a system call.
// Invariant: a segment's file is opened by path only after its header was checked; segments that are appended to keep
// their descriptor.
private import Synchronization

/// The segments of one store.
final class SegmentTable: Sendable {
    struct OpenSegment {
        let file: OpenFile
        let seed: RecordSeed
    }

    private struct Entry {
        var place: SegmentPlace
        var isSealed: Bool
        /// Whether the file has its final name.
        var hasSealedName: Bool
        /// End of the records, where known.
        var end: Int64?
        var opened: OpenSegment?
        var lastUse: UInt64 = 0
    }

    /// What is known of a segment without opening it.
    struct Known {
        var number: Int64
        var place: SegmentPlace
        var isSealed: Bool
        var end: Int64?
    }

    /// What one stream has to flush. Each stream keeps its own, the directory included: the one that flushes first
    /// must not make the other believe that its part is durable while the flush is still under way.
    struct DirtySet {
        var files: [Int64: OpenFile] = [:]
        var directory = false
    }

    private struct State {
        var entries: [Int64: Entry] = [:]
        var cachedCount = 0
        var useCount: UInt64 = 0
        var dirty: [ChunkStream: DirtySet] = [:]
        var readOnlyReason: String?
        var isClosed = false
    }

    private let directory: SegmentDirectory
    private let descriptorsMax: Int
    private let state = Mutex(State())

    init(_ directory: SegmentDirectory, descriptorsMax: Int) {
        self.directory = directory
        self.descriptorsMax = descriptorsMax
    }

    // MARK: Writes

    func requireWritable() throws(StoreError) {
        let (isClosed, reason) = state.withLock { ($0.isClosed, $0.readOnlyReason) }
        if isClosed { throw .closed }
        if let reason { throw .readOnly(reason) }
    }

    func becomeReadOnly(_ reason: String) {
        state.withLock { if $0.readOnlyReason == nil { $0.readOnlyReason = reason } }
    }

    /// A segment that was created just now and will be appended to.
    func created(
        _ number: Int64, _ file: OpenFile, _ seed: RecordSeed, _ place: SegmentPlace, in stream: ChunkStream
    ) {
        state.withLock {
            $0.entries[number] = Entry(
                place: place, isSealed: false, hasSealedName: false, end: Int64(SegmentFormat.headerLength),
                opened: OpenSegment(file: file, seed: seed))
            $0.dirty[stream, default: DirtySet()].files[number] = file
            $0.dirty[stream, default: DirtySet()].directory = true
        }
    }

    func appended(_ number: Int64, _ file: OpenFile, end: Int64, in stream: ChunkStream) {
        state.withLock {
            $0.entries[number]?.end = end
            $0.dirty[stream, default: DirtySet()].files[number] = file
        }
    }

    func sealed(_ number: Int64, hasSealedName: Bool) {
        let evicted = state.withLock { state in
            guard state.entries[number]?.isSealed == false else { return nil as OpenSegment? }
            state.entries[number]?.isSealed = true
            state.entries[number]?.hasSealedName = hasSealedName
            state.cachedCount += 1
            return evictIfFull(&state)
        }
        _ = evicted
    }

    /// What a stream has to flush; from now on it counts as flushed.
    func takeDirty(_ stream: ChunkStream) -> DirtySet {
        state.withLock { $0.dirty.removeValue(forKey: stream) } ?? DirtySet()
    }

    /// A segment found at the start, sealed.
    func found(_ number: Int64, _ place: SegmentPlace, hasSealedName: Bool, end: Int64?) {
        state.withLock {
            $0.entries[number] = Entry(place: place, isSealed: true, hasSealedName: hasSealedName, end: end)
        }
    }

    /// Forgets a segment whose file goes.
    func forget(_ number: Int64) {
        let entry = state.withLock { state in
            let entry = state.entries.removeValue(forKey: number)
            if let entry, entry.isSealed, entry.opened != nil { state.cachedCount -= 1 }
            for stream in state.dirty.keys { state.dirty[stream]?.files[number] = nil }
            return entry
        }
        // Descriptors close outside of the lock, here and below.
        _ = entry
    }

    func close() {
        let old = state.withLock { state in
            let old = (state.entries, state.dirty)
            state = State(readOnlyReason: state.readOnlyReason, isClosed: true)
            return old
        }
        _ = old
    }

    // MARK: Reads

    func holds(_ number: Int64) -> Bool { state.withLock { $0.entries[number] != nil } }

    /// Whether a segment is sealed; nil when there is none.
    func isSealed(_ number: Int64) -> Bool? { state.withLock { $0.entries[number]?.isSealed } }

    /// Where the records of a segment end as far as known.
    func end(_ number: Int64) -> Int64? { state.withLock { $0.entries[number]?.end } }

    func place(_ number: Int64) -> SegmentPlace? { state.withLock { $0.entries[number]?.place } }

    func path(_ number: Int64) -> String? {
        state.withLock { $0.entries[number].map { ($0.place, $0.hasSealedName) } }
            .map { $1 ? directory.path(sealed: number, $0) : directory.path(open: number, $0) }
    }

    var all: [Known] {
        get throws(StoreError) {
            let (entries, isClosed) = state.withLock { ($0.entries, $0.isClosed) }
            if isClosed { throw .closed }
            return entries.map {
                Known(number: $0.key, place: $0.value.place, isSealed: $0.value.isSealed, end: $0.value.end)
            }.sorted { $0.number < $1.number }
        }
    }

    /// The open file of a segment; opened, and its header checked, when it is not in the cache.
    func open(_ number: Int64) throws(StoreError) -> OpenSegment {
        let (cached, exists, isClosed) = state.withLock { state -> (OpenSegment?, Bool, Bool) in
            guard let index = state.entries.index(forKey: number) else { return (nil, false, state.isClosed) }
            state.useCount += 1
            state.entries.values[index].lastUse = state.useCount
            return (state.entries.values[index].opened, true, false)
        }
        if let cached { return cached }
        if isClosed { throw .closed }
        guard exists, let path = path(number), let place = place(number) else {
            throw .corrupt("segment \(number) does not exist")
        }

        let segment = try read(number, path, place)
        let (result, evicted) = state.withLock { state -> (OpenSegment, OpenSegment?) in
            guard let entry = state.entries[number] else { return (segment, nil) }
            // Somebody else may have been faster: one descriptor per segment is enough.
            if let opened = entry.opened { return (opened, nil) }
            state.entries[number]?.opened = segment
            state.cachedCount += 1
            return (segment, evictIfFull(&state))
        }
        _ = evicted
        return result
    }

    private func read(_ number: Int64, _ path: String, _ place: SegmentPlace) throws(StoreError) -> OpenSegment {
        let file: OpenFile
        let bytes: [UInt8]
        do {
            file = try directory.io.open(path, .read)
            bytes = try directory.io.readFully(file, count: SegmentFormat.headerLength, at: 0)
        } catch {
            throw error.isMissing ? .corrupt("\(path) is missing") : .system(error)
        }
        guard let header = SegmentHeader(decoding: bytes) else {
            throw .corrupt("the header of \(path) is damaged")
        }
        guard header.store == directory.store, header.number == number, (header.stream == .cold) == place.isCold else {
            throw .corrupt("\(path) belongs to another store or place")
        }
        return OpenSegment(file: file, seed: header.recordSeed)
    }

    /// Lets go of the descriptor that was not used for longest. A scan of the entries is cheaper than the open(2) that
    /// made it necessary, up to some ten thousand segments.
    private func evictIfFull(_ state: inout State) -> OpenSegment? {
        guard state.cachedCount > descriptorsMax else { return nil }
        let oldest = state.entries.filter { $0.value.isSealed && $0.value.opened != nil }
            .min { $0.value.lastUse < $1.value.lastUse }
        guard let oldest else { return nil }
        state.entries[oldest.key]?.opened = nil
        state.cachedCount -= 1
        return oldest.value.opened
    }
}
