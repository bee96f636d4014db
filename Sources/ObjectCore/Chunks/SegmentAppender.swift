// Why this file exists: one stream's open segment: where the next record goes, when the segment is full, and what
// happens when a write fails.
// Invariant: at most one append to a segment is under way, and it begins where the last whole one ended. So a flush
// covers every record before those it was asked for, and recovery may stop at the first bad header. The lock costs
// nothing: Linux file systems write one inode by one thread at a time anyway; all hashing is done before.
private import Synchronization

/// Appends records to the open segment of one stream.
final class SegmentAppender: Sendable {
    private struct Active {
        let number: Int64
        let file: OpenFile
        let seed: RecordSeed
        /// Bytes of the file that were filled with zeros before.
        let prewrittenSize: Int64
        var position: Int64
    }
    private struct State {
        var active: Active?
        /// Headers and small payloads of the call under way, ready to be written.
        var scratch: [UInt8] = []
    }

    private let stream: ChunkStream
    private let place: SegmentPlace
    private let directory: SegmentDirectory
    private let options: SegmentStoreOptions
    private let table: SegmentTable
    private let numbers: SegmentNumbers
    private let spares: SegmentSpares
    private let state = Mutex(State())

    /// Payloads up to this length in bytes are copied behind their headers, so that a batch is one write.
    static let copiedPayloadMax = 64 << 10
    /// So many bytes of scratch are kept between calls.
    static let scratchKeptMax = 1 << 20

    init(
        _ stream: ChunkStream, _ directory: SegmentDirectory, _ options: SegmentStoreOptions, _ table: SegmentTable,
        _ numbers: SegmentNumbers, _ spares: SegmentSpares
    ) {
        self.stream = stream
        place = directory.place(of: stream)
        self.directory = directory
        self.options = options
        self.table = table
        self.numbers = numbers
        self.spares = spares
    }

    func append(_ records: [ChunkRecord]) throws(StoreError) -> [ChunkLocation] {
        var total: Int64 = 0
        for record in records {
            guard record.digest.count == SegmentFormat.digestLength,
                record.bytes.count <= SegmentFormat.payloadLengthMax,
                !record.isSealed || record.bytes.count >= DataKey.overhead
            else {
                throw .invalidArgument(
                    "chunk \(record.id.value) has \(record.bytes.count) bytes and a digest of \(record.digest.count)")
            }
            total += Int64(SegmentFormat.recordHeaderLength + record.bytes.count)
        }
        guard !records.isEmpty else { return [] }
        let (locations, file, start) = try state.withLock { (state) throws(StoreError) in
            try append(records, total, &state)
        }
        // Every step of appended bytes starts the write-back of what lies before.
        let step = options.writebackStepBytes
        if stream != .small, start / step != (start + total) / step {
            directory.io.startWriteback(file, at: max(0, start - step), length: step + total)
        }
        return locations
    }

    /// Ends appending to the open segment.
    func seal() {
        state.withLock { seal(&$0) }
    }

    private func append(
        _ records: [ChunkRecord], _ total: Int64, _ state: inout State
    ) throws(StoreError) -> ([ChunkLocation], OpenFile, Int64) {
        try table.requireWritable()
        let limit = options.lengthMaximum(of: stream)
        if let active = state.active {
            let isFull = active.position + total > limit && active.position > Int64(SegmentFormat.headerLength)
            let isOutdone = stream == .small && active.prewrittenSize == 0 && spares.isReady
            if isFull || isOutdone { seal(&state) }
        }
        do throws(SystemCallError) {
            let active: Active
            if let open = state.active { active = open } else { active = try create() }
            state.active = active
            let locations = try write(records, active, &state.scratch)
            let end = active.position + total
            state.active?.position = end
            table.appended(active.number, active.file, end: end, in: stream)
            return (locations, active.file, active.position)
        } catch {
            rollBack(&state, isOutOfSpace: error.isOutOfSpace)
            try table.requireWritable()
            throw error.isOutOfSpace ? .outOfSpace : .system(error)
        }
    }

    private func create() throws(SystemCallError) -> Active {
        let number = try numbers.take()
        let salt = try directory.io.randomBytes(count: 8).withUnsafeBytes { $0.loadLittle(at: 0) as UInt64 }
        let header = SegmentHeader(store: directory.store, number: number, salt: salt, stream: stream)
        let file: OpenFile
        var prewrittenSize: Int64 = 0
        if stream == .small, let spare = spares.take(header) {
            (file, prewrittenSize) = spare
        } else {
            let path = directory.path(open: number, place)
            file = try directory.io.open(path, .createNew)
            do throws(SystemCallError) {
                try directory.io.writeFully(file, header.encoded(), at: 0)
            } catch {
                try? directory.io.remove(path)
                throw error
            }
        }
        if stream == .small { spares.request() }
        // Flushed once, before the first record, so that a header which does not decode later is always damage.
        do throws(SystemCallError) {
            try directory.io.synchronize(file)
        } catch {
            table.becomeReadOnly("flushing segment \(number) failed: \(error)")
            throw error
        }
        table.created(number, file, header.recordSeed, place, in: stream)
        return Active(
            number: number, file: file, seed: header.recordSeed, prewrittenSize: prewrittenSize,
            position: Int64(SegmentFormat.headerLength))
    }

    private func write(
        _ records: [ChunkRecord], _ active: Active, _ scratch: inout [UInt8]
    ) throws(SystemCallError) -> [ChunkLocation] {
        var locations: [ChunkLocation] = []
        locations.reserveCapacity(records.count)
        scratch.removeAll(keepingCapacity: scratch.capacity <= Self.scratchKeptMax)
        // `written` is where scratch goes; `position` is where the next header goes.
        var written = active.position
        var position = active.position
        for record in records {
            let header = RecordHeader(record)
            withUnsafeTemporaryAllocation(byteCount: SegmentFormat.recordHeaderLength, alignment: 8) { bytes in
                header.encode(into: bytes, seed: active.seed, offset: position)
                scratch.append(contentsOf: bytes)
            }
            position += Int64(SegmentFormat.recordHeaderLength)
            locations.append(ChunkLocation(segment: active.number, offset: position))
            position += Int64(record.bytes.count)
            if record.bytes.count <= Self.copiedPayloadMax {
                scratch.append(contentsOf: record.bytes)
                guard scratch.count >= Self.scratchKeptMax else { continue }
                try write(scratch, [], active.file, at: written)
            } else {
                try write(scratch, record.bytes, active.file, at: written)
            }
            scratch.removeAll(keepingCapacity: true)
            written = position
        }
        try write(scratch, [], active.file, at: written)
        return locations
    }

    private func write(_ head: [UInt8], _ tail: [UInt8], _ file: OpenFile, at offset: Int64) throws(SystemCallError) {
        let failure = head.withUnsafeBytes { head in
            tail.withUnsafeBytes { tail -> SystemCallError? in
                do throws(SystemCallError) {
                    try directory.io.writeFully(file, [head, tail], at: offset)
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw failure }
    }

    /// Takes back what a failed append may have written, so that no later start finds a part of it.
    private func rollBack(_ state: inout State, isOutOfSpace: Bool) {
        guard let active = state.active else { return }
        do {
            if active.position < active.prewrittenSize {
                let zeros = [UInt8](repeating: 0, count: SegmentFormat.recordHeaderLength)
                try directory.io.writeFully(active.file, zeros, at: active.position)
            } else {
                try directory.io.truncate(active.file, to: active.position)
            }
            // A full device gets room again; one that fails otherwise may go on failing at this place.
            if !isOutOfSpace { seal(&state) }
        } catch {
            seal(&state)
        }
    }

    // What fails here is done again at the next start (docs/FORMAT.md, "Recovery"), hence no error.
    private func seal(_ state: inout State) {
        guard let active = state.active else { return }
        state.active = nil
        let path = directory.path(open: active.number, place)
        if active.position == Int64(SegmentFormat.headerLength) {
            table.forget(active.number)
            try? directory.io.remove(path)
            return
        }
        do {
            try directory.io.truncate(active.file, to: active.position)
            try directory.io.rename(path, to: directory.path(sealed: active.number, place))
            table.sealed(active.number, hasSealedName: true)
        } catch {
            table.sealed(active.number, hasSealedName: false)
        }
    }
}
