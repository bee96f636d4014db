// Why this file exists: the start of a store: which segments there are, and what became of those that were open when
// the last process ended. See docs/FORMAT.md, "Recovery".
// Invariant: only zeros are cut off. Bytes that could be somebody's data stay.

/// Finds the segments of a directory and seals what a crash left open.
struct SegmentRecoverer {
    let directory: SegmentDirectory
    let options: SegmentStoreOptions
    let table: SegmentTable

    struct Result {
        var recoveries: [SegmentRecovery] = []
        var nextNumber: Int64 = 1
        var hasSpare = false
    }

    /// A directory whose `sequence` was lost by hand gets new numbers so far above the highest one in use.
    static let lostSequenceJump: Int64 = 1 << 20

    func run() throws(StoreError) -> Result {
        var result = Result()
        do throws(SystemCallError) {
            try directory.io.makeDirectory(directory.path)
            var open: [(number: Int64, place: SegmentPlace)] = []
            var sealed: Set<Int64> = []
            for isApart in directory.archivePath == nil ? [false] : [false, true] {
                for name in try directory.io.list(directory.folder(of: SegmentPlace(isApart: isApart))) {
                    switch SegmentDirectory.Name(name) {
                    case .open(let number, let isCold):
                        open.append((number, SegmentPlace(isCold: isCold, isApart: isApart)))
                    case .sealed(let number, let isCold):
                        sealed.insert(number)
                        let place = SegmentPlace(isCold: isCold, isApart: isApart)
                        table.found(number, place, hasSealedName: true, end: nil)
                    case .spare: result.hasSpare = result.hasSpare || !isApart
                    case .temporary where !isApart: try directory.io.remove(directory.path + "/" + name)
                    case .temporary, .sequence, .foreign: break
                    }
                }
            }
            let highest = max(open.map(\.number).max() ?? 0, sealed.max() ?? 0)
            for (number, place) in open where !sealed.contains(number) {
                result.recoveries.append(try recover(number, place))
            }
            result.nextNumber = highest + 1
            // The directory itself may be new; no record can be durable before its name is.
            if highest == 0 { try directory.synchronizeParent() }
        } catch {
            throw .system(error)
        }
        if let sequence = try directory.readSequence() {
            result.nextNumber = max(result.nextNumber, sequence)
        } else if result.nextNumber > 1 {
            result.nextNumber += Self.lostSequenceJump
        }
        return result
    }

    private func recover(_ number: Int64, _ place: SegmentPlace) throws(SystemCallError) -> SegmentRecovery {
        let io = directory.io
        let path = directory.path(open: number, place)
        let file = try io.open(path, .readWrite)
        let size = try io.status(of: file).size
        let start = Int64(SegmentFormat.headerLength)
        let header = SegmentHeader(decoding: try io.readFully(file, count: SegmentFormat.headerLength, at: 0))
        var end = start
        if let header, header.number == number, header.store == directory.store {
            end = try endOfRecords(file, header.recordSeed, size)
        }
        let contentEnd = try endOfContent(file, from: end, to: size)
        let isReadable = header?.number == number && header?.store == directory.store
        if end == start, contentEnd == end {
            try io.remove(path)
            return SegmentRecovery(number: number, usedBytes: 0, ending: .empty)
        }
        if contentEnd < size { try io.truncate(file, to: contentEnd) }
        try io.rename(path, to: directory.path(sealed: number, place))
        table.found(number, place, hasSealedName: true, end: isReadable ? end : nil)
        let ending: SegmentRecovery.Ending =
            !isReadable ? .damagedHeader : contentEnd > end ? .tornTail(bytes: contentEnd - end) : .clean
        return SegmentRecovery(number: number, usedBytes: end - start, ending: ending)
    }

    /// The end of the last whole record.
    private func endOfRecords(_ file: OpenFile, _ seed: RecordSeed, _ size: Int64) throws(SystemCallError) -> Int64 {
        var scanner = SegmentScanner(directory.io, file, seed: seed, end: size)
        // Where the records of each stretch of bytes begin, so that the last ones are found without keeping all.
        var stretches: [Int64] = [scanner.position]
        while try scanner.next() != nil {
            if scanner.position - stretches[stretches.count - 1] >= Self.stretchLength {
                stretches.append(scanner.position)
            }
        }
        let checkedFrom = scanner.position - options.recoveryVerifyBytesMax
        let start = stretches.last { $0 <= checkedFrom } ?? Int64(SegmentFormat.headerLength)
        var checker = SegmentScanner(directory.io, file, seed: seed, end: scanner.position, from: start)
        while let record = try checker.next() {
            let bytes = try directory.io.readFully(file, count: record.header.length, at: record.payload)
            guard Digest.sha256(bytes) == record.header.digest else {
                return record.payload - Int64(SegmentFormat.recordHeaderLength)
            }
        }
        return scanner.position
    }

    private static let stretchLength: Int64 = 1 << 20

    /// The end of the last byte in a range that is not zero; `from` when there is none.
    private func endOfContent(_ file: OpenFile, from start: Int64, to size: Int64) throws(SystemCallError) -> Int64 {
        var end = size
        while end > start {
            let count = min(Int64(1 << 20), end - start)
            let bytes = try directory.io.readFully(file, count: Int(count), at: end - count)
            let zeros = bytes.withUnsafeBytes { bytes in
                var index = bytes.count
                while index >= 8, bytes.loadUnaligned(fromByteOffset: index - 8, as: UInt64.self) == 0 { index -= 8 }
                while index > 0, bytes[index - 1] == 0 { index -= 1 }
                return bytes.count - index
            }
            if zeros < bytes.count { return end - count + Int64(bytes.count - zeros) }
            end -= count
        }
        return start
    }
}
