// Why this file exists: what every ChunkStore promises, whatever keeps the bytes. A new maker is added to `makers` and
// must pass unchanged.
import Dispatch
import Synchronization
import Testing

@testable import ObjectCore

struct ChunkStoreMaker: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let open: @Sendable (TemporaryDirectory) throws -> any ChunkStore
}

@Suite struct ChunkStoreContractTests {
    static let makers = [
        ChunkStoreMaker(testDescription: "segments as in production") { try SegmentStore($0, .init()) },
        ChunkStoreMaker(testDescription: "tiny segments") { try SegmentStore($0, .tiny) },
        ChunkStoreMaker(testDescription: "tiny segments with spares") { try SegmentStore($0, .tinyPrewritten) },
        ChunkStoreMaker(testDescription: "archives elsewhere") { directory in
            try RealIO().makeDirectory(directory.file("archive"))
            return try SegmentStore(
                directory: directory.file("segments"), archiveDirectory: directory.file("archive"),
                storeIdentifier: testStoreIdentifier, io: RealIO(), options: .tiny)
        },
    ]
    let directory = TemporaryDirectory()

    @Test("what is appended is read back at once, after a flush and after a restart", arguments: makers)
    func roundTrip(_ maker: ChunkStoreMaker) throws {
        let records = (1...30).map { record(Int64($0), $0 * 97 % 3000, kind: $0 % 3 == 0 ? .manifest : .data) }
        var store = try maker.open(directory)
        var locations: [ChunkLocation] = []
        for (index, record) in records.enumerated() {
            locations += try store.append([record], to: ChunkStream.allCases[index % 3])
        }
        for round in 0..<3 {
            for (record, location) in zip(records, locations) {
                #expect(store.holds(location))
                let read = try store.read(at: location, length: record.bytes.count)
                #expect(read.bytes == record.bytes && read.id == record.id && read.kind == record.kind)
                #expect(read.digest == record.digest)
                let region = try store.region(at: location, skip: 0, length: record.bytes.count)
                #expect(try bytes(of: region) == record.bytes)
            }
            if round == 0 { try store.sync() }
            if round == 1 {
                store.close()
                store = try maker.open(directory)
            }
        }
    }

    @Test("a batch keeps its order, an empty batch and an empty chunk are fine", arguments: makers)
    func batches(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        #expect(try store.append([], to: .small) == [])
        for stream in ChunkStream.allCases {
            let records = [record(1, 0), record(2, 70_000), record(3, 5), record(4, 0), record(5, 100_000)]
            let locations = try store.append(records, to: stream)
            #expect(Set(locations).count == 5)
            for (record, location) in zip(records, locations) {
                #expect(try store.read(at: location, length: record.bytes.count).bytes == record.bytes)
            }
        }
        let ids = try store.allChunks().map(\.id.value)
        #expect(ids == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    }

    @Test("a part of a chunk is a region", arguments: makers)
    func regions(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        let chunk = record(1, 1000)
        let location = try store.append([chunk], to: .bulk)[0]
        #expect(try bytes(of: store.region(at: location, skip: 10, length: 20)) == Array(chunk.bytes[10..<30]))
        #expect(try bytes(of: store.region(at: location, skip: 1000, length: 0)) == [])
        #expect(throws: StoreError.self) { try store.region(at: location, skip: -1, length: 1) }
        #expect(throws: StoreError.self) { try store.region(at: location, skip: 0, length: -1) }
        #expect(throws: StoreError.self) {
            try store.region(at: ChunkLocation(segment: 1, offset: .max), skip: .max, length: 1)
        }
    }

    @Test("enumeration finds every chunk and the sums agree", arguments: makers)
    func enumeration(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        var expected: [Int64: ChunkLocation] = [:]
        for id in 1...50 {
            let location = try store.append([record(Int64(id), id * 31)], to: id % 3 == 0 ? .small : .bulk)[0]
            expected[Int64(id)] = location
        }
        try store.seal()
        let chunks = try store.allChunks()
        #expect(chunks.count == 50)
        for chunk in chunks {
            #expect(expected[chunk.id.value] == chunk.location)
            #expect(chunk.length == Int(chunk.id.value) * 31)
            #expect(chunk.digest == record(chunk.id.value, chunk.length).digest)
        }
        for segment in try store.segments() {
            #expect(segment.isSealed)
            #expect(try store.enumerate(segment: segment.number) { _ in } == segment.usedBytes)
        }
    }

    @Test("a wrong location or length is damage, not a trap", arguments: makers)
    func wrongLocations(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        let location = try store.append([record(1, 100)], to: .small)[0]
        for (offset, length) in [
            (location.offset + 1, 100), (location.offset, 99), (location.offset, 101), (0, 100), (-5, 100),
            (Int64.max, 100), (location.offset, -1), (location.offset, Int.max), (Int64.max / 2 - 1, 100),
        ] {
            #expect(throws: StoreError.self, "\(offset), \(length)") {
                try store.read(at: ChunkLocation(segment: location.segment, offset: offset), length: length)
            }
        }
        let gone = ChunkLocation(segment: location.segment + 1000, offset: location.offset)
        #expect(!store.holds(gone))
        #expect(throws: StoreError.self) { try store.region(at: gone, skip: 0, length: 1) }
        #expect(throws: StoreError.self) { try store.enumerate(segment: gone.segment) { _ in } }
        var wrong = record(2, 10)
        wrong.digest.removeLast()
        #expect(throws: StoreError.self) { try store.append([wrong], to: .small) }
    }

    @Test("a deleted segment is gone, its regions stay readable, its number is not used again", arguments: makers)
    func deletion(_ maker: ChunkStoreMaker) throws {
        var store = try maker.open(directory)
        let chunk = record(1, 500)
        let location = try store.append([chunk], to: .bulk)[0]
        try store.sync()
        #expect(throws: StoreError.self) { try store.delete(segment: location.segment) }
        try store.seal()
        let region = try store.region(at: location, skip: 0, length: 500)
        try store.delete(segment: location.segment)
        try store.delete(segment: location.segment)
        #expect(!store.holds(location))
        #expect(throws: StoreError.self) { try store.read(at: location, length: 500) }
        #expect(try bytes(of: region) == chunk.bytes)
        store.close()
        store = try maker.open(directory)
        for _ in 0..<10 {
            #expect(try store.append([record(2, 500)], to: .bulk)[0].segment > location.segment)
            try store.seal()
        }
    }

    @Test("a closed store says so", arguments: makers)
    func closed(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        let location = try store.append([record(1, 10)], to: .small)[0]
        store.close()
        store.close()
        #expect(throws: StoreError.closed) { try store.append([record(2, 10)], to: .small) }
        #expect(throws: StoreError.closed) { try store.sync() }
        #expect(throws: StoreError.closed) { try store.seal() }
        #expect(throws: StoreError.closed) { try store.region(at: location, skip: 0, length: 1) }
        #expect(throws: StoreError.closed) { try store.segments() }
    }

    @Test("eight threads at once lose and mix up nothing", arguments: makers)
    func concurrency(_ maker: ChunkStoreMaker) throws {
        let store = try maker.open(directory)
        let results = Mutex<[(ChunkRecord, ChunkLocation)]>([])
        let failures = Mutex<[any Error]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            do {
                for turn in 0..<40 {
                    let id = Int64(thread * 1000 + turn * 2)
                    let batch = [record(id, (turn * 37) % 900), record(id + 1, turn)]
                    let locations = try store.append(batch, to: thread % 2 == 0 ? .small : .bulk)
                    if turn % 10 == 9 { try store.sync() }
                    if turn % 16 == 15 { try store.seal() }
                    let read = try store.read(at: locations[0], length: batch[0].bytes.count)
                    if read.bytes != batch[0].bytes { throw StoreError.corrupt("thread \(thread) turn \(turn)") }
                    results.withLock { $0 += zip(batch, locations) }
                }
            } catch {
                failures.withLock { $0.append(error) }
            }
        }
        failures.withLock { #expect($0.isEmpty, "\($0)") }
        let all = results.withLock { $0 }
        #expect(Set(all.map(\.1)).count == 640)
        for (record, location) in all {
            #expect(try store.read(at: location, length: record.bytes.count).bytes == record.bytes)
        }
        #expect(try Set(store.allChunks().map(\.location)) == Set(all.map(\.1)))
    }
}
