// Why this file exists: what a killed process or a lost page leaves behind: torn tails, flipped bits, missing flushes.
// Nothing acknowledged may be lost and no wrong byte may be served.
import Glibc
import Testing

@testable import ObjectCore

@Suite struct SegmentRecoveryTests {
    enum Tear: String, CaseIterable, Sendable { case cut, zero, scramble, flip }

    /// The files of a store that was killed after five flushed and three unflushed records.
    private func killed(_ lengths: [Int]) throws -> (segment: [UInt8], sequence: [UInt8], locations: [ChunkLocation]) {
        let directory = TemporaryDirectory()
        let store = try SegmentStore(directory)
        var locations: [ChunkLocation] = []
        for id in 1...5 { locations += try store.append([record(Int64(id), 40)], to: .small) }
        try store.sync()
        for (index, length) in lengths.enumerated() {
            locations += try store.append([record(Int64(6 + index), length)], to: .small)
        }
        return (
            try contents(directory.file("segments/0000000001.open.seg")),
            try contents(directory.file("segments/sequence")), locations
        )
    }

    @Test("a torn tail costs only records that were not acknowledged", arguments: Tear.allCases)
    func tornTail(_ tear: Tear) throws {
        let lengths = [30, 0, 55]
        let (segment, sequence, locations) = try killed(lengths)
        let start = Int(locations[5].offset) - 64
        for position in start..<segment.count {
            var torn = segment
            switch tear {
            case .cut: torn.removeSubrange(position...)
            case .zero: for index in position..<torn.count { torn[index] = 0 }
            case .scramble: for index in position..<torn.count { torn[index] ^= 0x5A }
            case .flip: torn[position] ^= 1 << UInt8(position % 8)
            }
            let directory = TemporaryDirectory()
            try RealIO().makeDirectory(directory.file("segments"))
            try write(torn, to: directory.file("segments/0000000001.open.seg"))
            try write(sequence, to: directory.file("segments/sequence"))
            let store = try SegmentStore(directory)
            // Zeroing bytes that are zero anyway tears nothing before the next other byte.
            let first = zip(torn, segment).enumerated().first { $1.0 != $1.1 }?.offset ?? torn.count
            let whole = (0..<8).prefix { Int(locations[$0].offset) + ($0 < 5 ? 40 : lengths[$0 - 5]) <= first }
            let found = try store.allChunks()
            #expect(found.map(\.id.value) == whole.map { Int64($0 + 1) }, "\(tear) at \(position)")
            for index in 0..<5 {
                #expect(try store.read(at: locations[index], length: 40).bytes == record(Int64(index + 1), 40).bytes)
            }
            if whole.count < 8, tear == .flip || tear == .scramble {
                #expect(store.recoveries.count == 1)
                #expect(store.recoveries.first?.ending != .clean)
            }
            let new = try store.append([record(99, 10)], to: .small)[0]
            #expect(new.segment == 65)
        }
    }

    @Test("a flipped bit in any byte of a sealed store is found", arguments: [0, 3, 7])
    func flippedBits(_ bit: Int) throws {
        let directory = TemporaryDirectory()
        var store = try SegmentStore(directory)
        var locations: [ChunkLocation] = []
        let lengths = [100, 0, 333, 64, 1]
        for (index, length) in lengths.enumerated() {
            locations += try store.append([record(Int64(index), length)], to: index < 3 ? .bulk : .small)
        }
        store.close()
        for name in ["0000000001.seg", "0000000002.seg"] {
            let path = directory.file("segments/" + name)
            let segment = try contents(path)
            let file = try RealIO().open(path, .readWrite)
            for position in segment.indices {
                try RealIO().writeFully(file, [segment[position] ^ (1 << UInt8(bit))], at: Int64(position))
                store = try SegmentStore(directory)
                var found = 0
                for (location, length) in zip(locations, lengths) {
                    do {
                        let read = try store.read(at: location, length: length)
                        #expect(read.digest == Digest.sha256(read.bytes))
                    } catch {
                        if case .corrupt = error { found += 1 }
                    }
                }
                #expect(found >= 1, "\(name) byte \(position)")
                try RealIO().writeFully(file, [segment[position]], at: Int64(position))
            }
        }
        let path = directory.file("segments/sequence")
        let sequence = try contents(path)
        for position in sequence.indices {
            var flipped = sequence
            flipped[position] ^= 1 << UInt8(bit)
            try write(flipped, to: path)
            #expect(throws: StoreError.self, "sequence byte \(position)") { try SegmentStore(directory) }
        }
    }

    @Test("records of a file's former life, or shaped by a client, are not taken for records")
    func formerLife() throws {
        let directory = TemporaryDirectory()
        let store = try SegmentStore(directory)
        _ = try store.append([record(1, 40), record(2, 40)], to: .small)
        store.close()
        let path = directory.file("segments/0000000001.seg")
        let old = try contents(path)
        // The same number and place, only the salt differs.
        var header = try #require(SegmentHeader(decoding: Array(old[..<64])))
        header.salt ^= 1
        try write(header.encoded() + old[64...], to: path)
        let reopened = try SegmentStore(directory)
        #expect(try reopened.enumerate(segment: 1) { _ in } == 0)
        #expect(throws: StoreError.self) { try reopened.read(at: ChunkLocation(segment: 1, offset: 128), length: 40) }
    }

    @Test("a damaged payload among the checked last bytes ends a segment, one before them does not")
    func verifiedBytes() throws {
        let directory = TemporaryDirectory()
        var options = SegmentStoreOptions()
        options.prewrites = false
        options.recoveryVerifyBytesMax = 1 << 20
        let store = try SegmentStore(directory, options)
        for id in 1...50 { _ = try store.append([record(Int64(id), 100_000)], to: .bulk) }
        let segment = try contents(directory.file("segments/0000000001.open.seg"))
        for (damaged, found) in [(3, 50), (47, 46)] {
            let copy = TemporaryDirectory()
            try RealIO().makeDirectory(copy.file("segments"))
            var bytes = segment
            bytes[64 + damaged * 100_064 - 1] ^= 1
            try write(bytes, to: copy.file("segments/0000000001.open.seg"))
            #expect(try SegmentStore(copy, options).allChunks().count == found)
        }
    }

    @Test("an unused segment vanishes, a damaged header keeps the bytes")
    func oddities() throws {
        let (segment, sequence, _) = try killed([1, 1, 1])
        let directory = TemporaryDirectory()
        try RealIO().makeDirectory(directory.file("segments"))
        try write(sequence, to: directory.file("segments/sequence"))
        try write(Array(segment[..<64]), to: directory.file("segments/0000000001.open.seg"))
        try write([], to: directory.file("segments/0000000002.open.seg"))
        try write([UInt8](repeating: 0, count: 4096), to: directory.file("segments/0000000003.open.seg"))
        try write([0] + segment[1...], to: directory.file("segments/0000000004.open.seg"))
        try write([1], to: directory.file("segments/spare.tmp"))
        let store = try SegmentStore(directory)
        #expect(store.recoveries.map(\.ending) == [.empty, .empty, .empty, .damagedHeader])
        #expect(try RealIO().list(directory.file("segments")) == ["0000000004.seg", "sequence"])
        #expect(throws: StoreError.self) { try store.enumerate(segment: 4) { _ in } }
        try store.delete(segment: 4)
        #expect(try store.segments().isEmpty)
    }

    /// Appends and flushes in both streams; answers what was acknowledged.
    private func scenario(_ store: SegmentStore, seed: UInt64, turns: Int = 24) -> [(ChunkRecord, ChunkLocation)] {
        var random = SeededRandom(seed: seed)
        var pending: [(ChunkRecord, ChunkLocation)] = []
        var acknowledged: [(ChunkRecord, ChunkLocation)] = []
        for turn in 0..<turns {
            let batch = (0..<Int.random(in: 1...3, using: &random)).map {
                record(Int64(turn * 10 + $0), Int.random(in: 0...1200, using: &random))
            }
            if let locations = try? store.append(batch, to: turn % 3 == 2 ? .bulk : .small) {
                pending += zip(batch, locations)
            }
            if turn % 2 == 1, (try? store.sync()) != nil {
                acknowledged += pending
                pending = []
            }
            if turn % 11 == 10 { try? store.seal() }
        }
        return acknowledged
    }

    private func expectAll(_ acknowledged: [(ChunkRecord, ChunkLocation)], in store: SegmentStore, _ context: String)
        throws
    {
        let found = try Set(store.allChunks().map(\.location))
        for (record, location) in acknowledged {
            #expect(found.contains(location), "\(context)")
            let read = try? store.read(at: location, length: record.bytes.count)
            #expect(read?.bytes == record.bytes, "\(context)")
        }
    }

    @Test("no fault at any call index loses what was acknowledged", arguments: [false, true])
    func everyCallIndex(_ isPrewritten: Bool) throws {
        let options = isPrewritten ? SegmentStoreOptions.tinyPrewritten : .tiny
        let clean = FaultInjectingIO()
        let cleanDirectory = TemporaryDirectory()
        let whole = try scenario(SegmentStore(cleanDirectory, options, io: clean), seed: 1)
        #expect(whole.count > 20)
        let effects: [IOFault.Effect] = [.error(EIO), .error(ENOSPC), .error(EMFILE), .error(EINTR), .short(7)]
        for index in 0..<clean.log.count {
            for effect in effects {
                let directory = TemporaryDirectory()
                let io = FaultInjectingIO(plan: [IOFault(index: index, effect: effect)])
                var acknowledged: [(ChunkRecord, ChunkLocation)] = []
                if let store = try? SegmentStore(directory, options, io: io) {
                    acknowledged = scenario(store, seed: 1)
                    store.close()
                }
                try expectAll(acknowledged, in: SegmentStore(directory), "\(effect) at call \(index): \(io.log)")
            }
        }
    }

    @Test("losing unflushed bytes loses nothing acknowledged", arguments: [false, true])
    func crashes(_ isPrewritten: Bool) throws {
        let options = isPrewritten ? SegmentStoreOptions.tinyPrewritten : .tiny
        for seed in 0..<60 {
            let directory = TemporaryDirectory()
            try RealIO().makeDirectory(directory.file("segments"))
            let io = FaultInjectingIO(tracksUnflushed: true)
            let store = try SegmentStore(directory, options, io: io)
            let acknowledged = scenario(store, seed: UInt64(seed), turns: 3 + seed % 24)
            store.waitForSpare()
            try io.crash(seed % 4 == 0 ? .none : .random(seed: UInt64(seed)))
            store.close()
            let reopened = try SegmentStore(directory)
            try expectAll(acknowledged, in: reopened, "seed \(seed)")
            let used = Set(acknowledged.map(\.1.segment))
            #expect(try !used.contains(reopened.append([record(1, 1)], to: .small)[0].segment))
        }
    }
}
