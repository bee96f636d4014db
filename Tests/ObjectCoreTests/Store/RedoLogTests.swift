// Why this file exists: a small commit is acknowledged before its segment is flushed. These tests take the power away
// and look whether everything acknowledged is there all the same, and whether it would not be without the redo table.
import Testing

@testable import ObjectCore

@Suite struct RedoLogTests {
    /// A store on a disk that can lose its power.
    private struct Fragile {
        let folder = TemporaryDirectory()
        let io = FaultInjectingIO(tracksUnflushed: true)
        let store: ObjectStore
        let bucket: Bucket

        init() async throws {
            var options = StoreOptions()
            // A prewritten file takes the place of the open segment when it is ready: flushes of another kind.
            options.segments.prewrites = false
            store = try ObjectStore.open(folder.path, options: options, io: io)
            bucket = try await store.createBucket("bucket")
        }

        var segmentFlushes: Int {
            io.log.count { $0.kind == .synchronize && $0.name.hasSuffix(".seg") }
        }

        /// Ends the process and its machine.
        func crash(_ survival: CrashSurvival) async throws {
            try io.crash(survival)
            await store.close()
        }
    }

    @Test(
        "what was acknowledged survives a power failure that takes everything unflushed, or any part of it",
        arguments: [nil, 1, 2, 3, 4, 5] as [UInt64?])
    func powerFailure(seed: UInt64?) async throws {
        let fragile = try await Fragile()
        var kept: [String: [UInt8]] = [:]
        for number in 0..<40 {
            let bytes = content(number * 331, seed: UInt64(number) + 1)
            try await fragile.store.put(bytes, as: "k\(number)", in: fragile.bucket)
            kept["k\(number)"] = bytes
        }
        try await fragile.crash(seed.map { .random(seed: $0) } ?? .none)

        let again = try ObjectStore.open(fragile.folder.path)
        let bucket = try again.bucket("bucket")
        for (key, bytes) in kept { #expect(try again.bytes(key, in: bucket) == bytes, "\(key)") }
        #expect(try again.check().problems == [])
        await again.close()
    }

    @Test("without the table the same failure would lose objects")
    func control() async throws {
        let fragile = try await Fragile()
        for number in 0..<4 {
            try await fragile.store.put(content(4096, seed: UInt64(number) + 1), as: "k\(number)", in: fragile.bucket)
        }
        try await fragile.crash(.none)
        let database = try SQLiteDatabase(path: StoreFolder.databasePath(in: fragile.folder.path))
        _ = try database.write { transaction throws(StoreError) in try transaction.execute("DELETE FROM redo", []) }
        database.close()

        let again = try ObjectStore.open(fragile.folder.path)
        let bucket = try again.bucket("bucket")
        #expect(throws: StoreError.self) { try again.bytes("k3", in: bucket) }
        await again.close()
    }

    @Test("one by one, small commits flush the segment once for as many as the table holds; large ones each time")
    func flushes() async throws {
        let fragile = try await Fragile()
        // Each takes ten rows.
        func bytes(_ number: Int) -> [UInt8] { content(45_000, seed: UInt64(number) + 1) }
        try await fragile.store.put(bytes(0), as: "k0", in: fragile.bucket)
        let before = fragile.segmentFlushes
        for number in 1...102 { try await fragile.store.put(bytes(number), as: "k\(number)", in: fragile.bucket) }
        #expect(fragile.segmentFlushes == before)
        for number in 103...110 { try await fragile.store.put(bytes(number), as: "k\(number)", in: fragile.bucket) }
        #expect(fragile.segmentFlushes == before + 1)
        for number in 0..<3 {
            let large = content(RedoLog.imageMaximum + 1, seed: UInt64(number) + 1000)
            try await fragile.store.put(large, as: "large", in: fragile.bucket)
        }
        #expect(fragile.segmentFlushes == before + 4)
        try await fragile.crash(.none)

        let again = try ObjectStore.open(fragile.folder.path)
        let bucket = try again.bucket("bucket")
        for number in 0...110 { #expect(try again.bytes("k\(number)", in: bucket) == bytes(number)) }
        #expect(try again.bytes("large", in: bucket) == content(RedoLog.imageMaximum + 1, seed: 1002))
        await again.close()
    }

    @Test("a process that was killed leaves bytes that the next one makes durable before it takes commits")
    func twice() async throws {
        let fragile = try await Fragile()
        try await fragile.store.put(content(4096, seed: 1), as: "a", in: fragile.bucket)
        try await fragile.store.put(content(4096, seed: 2), as: "b", in: fragile.bucket)
        try await fragile.crash(.all)

        let second = FaultInjectingIO(tracksUnflushed: true)
        let store = try ObjectStore.open(fragile.folder.path, options: .small, io: second)
        #expect(second.log.contains { $0.kind == .synchronize && $0.name.hasSuffix(".seg") })
        // Uses the slots again.
        for number in 0..<4 {
            try await store.put(content(4096, seed: 3), as: "c\(number)", in: try store.bucket("bucket"))
        }
        try second.crash(.none)
        await store.close()

        let third = try ObjectStore.open(fragile.folder.path)
        let bucket = try third.bucket("bucket")
        #expect(try third.bytes("a", in: bucket) == content(4096, seed: 1))
        #expect(try third.bytes("b", in: bucket) == content(4096, seed: 2))
        #expect(try third.bytes("c3", in: bucket) == content(4096, seed: 3))
        await third.close()
    }

    @Test("after a store was closed in order, a byte that changes in a segment is damage and stays to be found")
    func damageAfterClosing() async throws {
        let fragile = try await Fragile()
        let version = try await fragile.store.put(content(4096), as: "k", in: fragile.bucket)
        let region = try fragile.store.chunkStore.region(
            at: try #require(version.manifest.entries.first?.hint), skip: 100, length: 1)
        let byte = try bytes(of: region)[0]
        await fragile.store.close()
        let names = try RealIO().list(fragile.folder.path + "/segments").filter { $0.hasSuffix(".seg") }
        let file = try RealIO().open(fragile.folder.path + "/segments/" + (try #require(names.first)), .readWrite)
        try RealIO().writeFully(file, [byte ^ 1], at: region.offset)

        let again = try ObjectStore.open(fragile.folder.path)
        #expect(try again.bytes("k", in: try again.bucket("bucket")) != content(4096))
        #expect(try again.scrub().problems.count == 1)
        await again.close()
    }

    @Test("after a crash lost sectors are written again, and a byte that was changed is left to be found")
    func damageAfterCrash() throws {
        let directory = TemporaryDirectory()
        let folder = directory.file("segments")
        let store = try SegmentStore(directory)
        let one = record(1, 2000)
        let location = try store.append([one], to: .small)[0]
        let image = try #require(try store.image(of: [one], at: [location], atMost: 4000))
        try store.sync()
        let name = try #require(try RealIO().list(folder).first { $0.hasSuffix(".seg") })
        let file = try RealIO().open(folder + "/" + name, .readWrite)
        // The second sector of the file is lost, a byte of the third was changed.
        try RealIO().writeFully(file, [UInt8](repeating: 0, count: 512), at: 512)
        let place = 1034 - Int(location.offset)
        try RealIO().writeFully(file, [one.bytes[place] ^ 1], at: 1034)
        try SegmentRestorer(directory: SegmentDirectory(path: folder, store: testStoreIdentifier, io: RealIO()))
            .restore([image])
        var expected = one.bytes
        expected[place] ^= 1
        #expect(try RealIO().readFully(file, count: 2000, at: location.offset) == expected)
        store.close()
    }

    @Test("an image is not written into a segment of another store, nor into one that is gone")
    func foreign() throws {
        let directory = TemporaryDirectory()
        let store = try SegmentStore(directory)
        let one = record(1, 100)
        let location = try store.append([one], to: .small)[0]
        let image = try #require(try store.image(of: [one], at: [location], atMost: 1000))
        #expect(image.bytes.count == 100 + SegmentFormat.recordHeaderLength)
        #expect(try store.image(of: [one], at: [location], atMost: 100) == nil)
        try store.sync()
        store.close()

        let other = [UInt8](repeating: 9, count: SegmentFormat.storeIdentifierLength)
        let path = directory.file("segments")
        let damaged = SegmentImage(segment: image.segment, offset: image.offset, bytes: image.bytes.map { ~$0 })
        try SegmentRestorer(directory: SegmentDirectory(path: path, store: other, io: RealIO())).restore([damaged])
        var missing = image
        missing.segment += 1
        let names = try RealIO().list(path)
        try SegmentRestorer(directory: SegmentDirectory(path: path, store: testStoreIdentifier, io: RealIO()))
            .restore([missing])
        #expect(try RealIO().list(path) == names)
        let again = try SegmentStore(directory)
        #expect(try again.read(at: location, length: 100).bytes == one.bytes)
    }

    @Test("a row says what it was made from, and one that is damaged is named")
    func rows() async throws {
        let image = SegmentImage(segment: 7, offset: 4160, bytes: content(3000))
        let slot = RedoLog.Slot(number: 3, image: image)
        #expect(slot.encoded().count == RedoLog.slotLength)
        #expect(RedoLog.Slot.image(decoding: slot.encoded()) == image)
        #expect(RedoLog.Slot.image(decoding: Array(slot.encoded().dropLast())) == nil)
        var wrong = slot.encoded()
        wrong[23] = 0x80
        #expect(RedoLog.Slot.image(decoding: wrong) == nil)
        let long = SegmentImage(segment: 7, offset: 64, bytes: content(10_000))
        let pieces = long.pieces(of: RedoLog.Slot.capacity)
        #expect(pieces.count == 3)
        #expect(pieces.flatMap(\.bytes) == long.bytes)
        #expect(pieces.map(\.offset) == [64, 64 + 4552, 64 + 9104])

        let fragile = try await Fragile()
        await fragile.store.close()
        let database = try SQLiteDatabase(path: StoreFolder.databasePath(in: fragile.folder.path))
        _ = try database.write { transaction throws(StoreError) in
            // As after a crash: rows count.
            try transaction.execute("DELETE FROM redo", [])
            try transaction.execute("INSERT INTO redo (slot, image) VALUES (1, $1)", [.bytes([1, 2, 3])])
        }
        database.close()
        #expect(throws: StoreError.corrupt("a row of the redo table is damaged")) {
            try ObjectStore.open(fragile.folder.path)
        }
    }
}
