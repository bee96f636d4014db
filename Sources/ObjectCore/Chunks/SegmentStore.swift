// Why this file exists: the ChunkStore of a single machine: records in append-only files. This file puts the parts
// together; the bytes are in SegmentFormat, the order of things in docs/FORMAT.md.
// Invariant: after append and sync have returned, the records outlive the loss of power.
private import Synchronization

/// Keeps chunks in segment files of one directory, or two when what is archived lies elsewhere. Only one process at a time may open it: the caller holds the lock.
public final class SegmentStore: ChunkStore {
    /// What became of segments that were open when the last process ended.
    public let recoveries: [SegmentRecovery]

    private let directory: SegmentDirectory
    private let table: SegmentTable
    private let spares: SegmentSpares
    private let small: SegmentAppender
    private let bulk: SegmentAppender
    private let cold: SegmentAppender
    /// Held during a flush: who comes second must not return before what it appended is durable, and the first may
    /// have taken the list already. One per stream, so that small commits do not wait for large bodies.
    private let smallFlush = Mutex(())
    private let bulkFlush = Mutex(())
    private let coldFlush = Mutex(())

    /// Opens a directory of segments, created when missing (not its parents).
    /// - Parameters:
    ///   - path: DATA/segments, without a slash at its end.
    ///   - archivePath: the directory of cold segments, which must exist; nil for the same.
    ///   - storeIdentifier: the store's UUID, 16 bytes.
    ///   - io: the seam through which files are read and written.
    ///   - options: sizes and limits.
    ///   - images: what may not have reached its segment; written there, where the segment still exists.
    /// - Throws: ``StoreError/corrupt(_:)``, ``StoreError/system(_:)``, ``StoreError/invalidArgument(_:)``.
    public init(
        directory path: String, archiveDirectory archivePath: String? = nil, storeIdentifier: [UInt8], io: any IO,
        options: SegmentStoreOptions = .init(),
        restoring images: [SegmentImage] = []
    ) throws(StoreError) {
        guard storeIdentifier.count == SegmentFormat.storeIdentifierLength else {
            throw .invalidArgument("a store's UUID has 16 bytes, not \(storeIdentifier.count)")
        }
        try options.validate()
        directory = SegmentDirectory(path: path, archivePath: archivePath, store: storeIdentifier, io: io)
        try SegmentRestorer(directory: directory).restore(images)
        table = SegmentTable(directory, descriptorsMax: options.descriptorsMax)
        let found = try SegmentRecoverer(directory: directory, options: options, table: table).run()
        recoveries = found.recoveries
        let numbers = SegmentNumbers(directory, next: found.nextNumber)
        spares = SegmentSpares(directory, options, isReady: found.hasSpare)
        small = SegmentAppender(.small, directory, options, table, numbers, spares)
        bulk = SegmentAppender(.bulk, directory, options, table, numbers, spares)
        cold = SegmentAppender(.cold, directory, options, table, numbers, spares)
    }

    deinit { close() }

    public func append(_ records: [ChunkRecord], to stream: ChunkStream) throws(StoreError) -> [ChunkLocation] {
        try appender(of: stream).append(records)
    }

    private func appender(of stream: ChunkStream) -> SegmentAppender {
        switch stream {
        case .small: small
        case .bulk: bulk
        case .cold: cold
        }
    }

    public func sync() throws(StoreError) {
        for stream in ChunkStream.allCases { try sync(stream) }
    }

    public func sync(_ stream: ChunkStream) throws(StoreError) {
        switch stream {
        case .small: try smallFlush.withLock { (_) throws(StoreError) in try flush(stream) }
        case .bulk: try bulkFlush.withLock { (_) throws(StoreError) in try flush(stream) }
        case .cold: try coldFlush.withLock { (_) throws(StoreError) in try flush(stream) }
        }
    }

    private func flush(_ stream: ChunkStream) throws(StoreError) {
        try table.requireWritable()
        let dirty = table.takeDirty(stream)
        for (number, file) in dirty.files.sorted(by: { $0.key < $1.key }) {
            do {
                try directory.io.synchronize(file)
            } catch {
                throw fail("flushing segment \(number) failed: \(error)")
            }
        }
        if dirty.directory { try flushDirectory(of: directory.place(of: stream)) }
    }

    private func flushDirectory(of place: SegmentPlace) throws(StoreError) {
        let folder = directory.folder(of: place)
        do {
            try directory.io.synchronizeDirectory(folder)
        } catch {
            throw fail("flushing \(folder) failed: \(error)")
        }
    }

    private func fail(_ reason: String) -> StoreError {
        table.becomeReadOnly(reason)
        return .readOnly(reason)
    }

    public func region(at location: ChunkLocation, skip: Int, length: Int) throws(StoreError) -> FileRegion {
        let (offset, overflow) = location.offset.addingReportingOverflow(Int64(skip))
        guard skip >= 0, length >= 0, location.offset >= 0, !overflow else {
            throw .invalidArgument("no region at \(location.offset) + \(skip), \(length) bytes")
        }
        return FileRegion(file: try table.open(location.segment).file, offset: offset, length: length)
    }

    public func image(
        of records: [ChunkRecord], at locations: [ChunkLocation], atMost maximum: Int
    ) throws(StoreError) -> SegmentImage? {
        guard let first = locations.first, let last = locations.last, let end = records.last?.bytes.count else {
            return nil
        }
        let start = first.offset - Int64(SegmentFormat.recordHeaderLength)
        let length = last.offset + Int64(end) - start
        guard first.segment == last.segment, length <= maximum else { return nil }
        let file = try table.open(first.segment).file
        do throws(SystemCallError) {
            let bytes = try directory.io.readFully(file, count: Int(length), at: start)
            guard bytes.count == Int(length) else { return nil }
            return SegmentImage(segment: first.segment, offset: start, bytes: bytes)
        } catch {
            throw .system(error)
        }
    }

    public func holds(_ location: ChunkLocation) -> Bool { table.holds(location.segment) }

    public func isCold(segment: Int64) -> Bool { table.place(segment)?.isCold ?? false }

    public func read(at location: ChunkLocation, length: Int) throws(StoreError) -> ChunkRecord {
        let headerLength = SegmentFormat.recordHeaderLength
        guard location.offset >= Int64(SegmentFormat.headerLength + headerLength), location.offset < Int64.max / 2,
            (0...SegmentFormat.payloadLengthMax).contains(length)
        else { throw .corrupt("no record of \(length) bytes can lie at \(location.offset)") }
        let segment = try table.open(location.segment)
        let start = location.offset - Int64(headerLength)
        let head: [UInt8]
        let bytes: [UInt8]
        do throws(SystemCallError) {
            head = try directory.io.readFully(segment.file, count: headerLength, at: start)
            bytes = try directory.io.readFully(segment.file, count: length, at: location.offset)
        } catch {
            throw .system(error)
        }
        let place = "offset \(location.offset) of segment \(location.segment)"
        guard head.count == headerLength, bytes.count == length else {
            throw .corrupt("the file ends before the record at \(place)")
        }
        let header = head.withUnsafeBytes { RecordHeader(decoding: $0, seed: segment.seed, offset: start) }
        guard let header, header.length == length else { throw .corrupt("the header is damaged at \(place)") }
        guard Digest.sha256(bytes) == header.digest else {
            throw .corrupt("bytes do not match their digest at \(place)")
        }
        return ChunkRecord(
            id: header.id, kind: header.kind, digest: header.digest, bytes: bytes, isSealed: header.isSealed)
    }

    public func segments() throws(StoreError) -> [SegmentSummary] {
        var result: [SegmentSummary] = []
        for known in try table.all {
            let number = known.number
            guard let path = table.path(number) else { continue }
            let status: FileStatus
            do {
                status = try directory.io.status(at: path)
            } catch {
                // Sealed or deleted between the two looks.
                guard error.isMissing else { throw .system(error) }
                guard let path = table.path(number), let again = try? directory.io.status(at: path) else { continue }
                status = again
            }
            let used = max(0, (known.end ?? status.size) - Int64(SegmentFormat.headerLength))
            result.append(
                SegmentSummary(
                    number: number, usedBytes: used, fileBytes: status.allocated,
                    strayBytes: known.isSealed ? status.size - (known.end ?? status.size) : 0, isSealed: known.isSealed,
                    isCold: known.place.isCold))
        }
        return result
    }

    public func enumerate(
        segment number: Int64, _ visit: (StoredChunk) throws(StoreError) -> Void
    ) throws(StoreError) -> Int64 {
        let segment = try table.open(number)
        var scanner: SegmentScanner
        do throws(SystemCallError) {
            let end: Int64
            if let known = table.end(number) {
                end = known
            } else {
                end = try directory.io.status(of: segment.file).size
            }
            scanner = SegmentScanner(directory.io, segment.file, seed: segment.seed, end: end)
        } catch {
            throw .system(error)
        }
        while true {
            let next: (header: RecordHeader, payload: Int64)?
            do {
                next = try scanner.next()
            } catch {
                throw .system(error)
            }
            guard let (header, payload) = next else { break }
            try visit(
                StoredChunk(
                    id: header.id, kind: header.kind, digest: header.digest,
                    location: ChunkLocation(segment: number, offset: payload), length: header.length))
        }
        return scanner.position - Int64(SegmentFormat.headerLength)
    }

    public func seal() throws(StoreError) {
        for stream in ChunkStream.allCases { try seal(stream) }
    }

    public func seal(_ stream: ChunkStream) throws(StoreError) {
        try table.requireWritable()
        appender(of: stream).seal()
    }

    public func delete(segment number: Int64) throws(StoreError) {
        // Allowed on a read-only store: it frees room and makes nothing durable.
        guard let isSealed = table.isSealed(number), let path = table.path(number), let place = table.place(number)
        else { return }
        guard isSealed else { throw .invalidArgument("segment \(number) is still appended to") }
        do {
            try directory.io.remove(path)
        } catch {
            guard error.isMissing else { throw .system(error) }
        }
        table.forget(number)
        // Else the loss of power could bring back what somebody was told is gone.
        try flushDirectory(of: place)
    }

    /// Waits until the spare file that is being made, if any, is ready.
    func waitForSpare() { spares.waitUntilIdle() }

    public func close() {
        // First, so that no append comes in behind the seals.
        table.close()
        spares.stop()
        for stream in ChunkStream.allCases { appender(of: stream).seal() }
    }
}
