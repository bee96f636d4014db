// Why this file exists: what many uploads at once may hold, and that what does not fit is stored all the same, cut
// where it would have been cut with all the memory of the world.
import Testing

@testable import ObjectCore

@Suite struct UploadMemoryTests {
    private func store(_ folder: TemporaryDirectory, memory: Int) throws -> ObjectStore {
        var options = StoreOptions()
        options.uploadMemoryBytes = memory
        return try ObjectStore.open(folder.path, options: options)
    }

    @Test("the budget is never exceeded, and what is given back can be taken again")
    func budget() {
        let memory = UploadMemory(capacity: 100)
        #expect(memory.take(60))
        #expect(!memory.take(41))
        #expect(memory.take(40))
        memory.giveBack(100)
        #expect(memory.used == 0)
        #expect(memory.take(100))
    }

    @Test("pieces get smaller as the budget is used up")
    func pieces() {
        let memory = UploadMemory(capacity: 100)
        #expect(memory.pieceLength == 256 << 10)
        memory.count(51)
        #expect(memory.pieceLength == 64 << 10)
        memory.count(50)
        #expect(memory.pieceLength == 16 << 10)
    }

    @Test("a burst ends when nothing is held any more, and tells how high it was once")
    func bursts() {
        let memory = UploadMemory(capacity: 100)
        #expect(memory.endBurst() == 0)
        memory.count(70)
        memory.giveBack(30)
        #expect(memory.endBurst() == 0)
        memory.giveBack(40)
        #expect(memory.endBurst() == 70)
        #expect(memory.endBurst() == 0)
    }

    @Test("content is cut alike whatever memory there is", arguments: [0, 256 << 10, 64 << 20])
    func cuts(_ memory: Int) async throws {
        let folder = TemporaryDirectory()
        let store = try store(folder, memory: memory)
        let bytes = content(5_000_000)
        let writer = store.stage(expectedLength: Int64(bytes.count))
        var start = 0
        while start < bytes.count {
            let end = min(start + 100_000, bytes.count)
            try await writer.write(Array(bytes[start..<end]))
            start = end
        }
        let staged = try await writer.finish()
        var chunker = Chunker()
        var lengths: [Int] = []
        bytes.withUnsafeBytes { whole in
            var rest = whole
            while let cut = chunker.nextCut(in: rest) {
                lengths.append(cut)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(cut))
            }
            if !rest.isEmpty { lengths.append(rest.count) }
        }
        #expect(staged.pieces.map(\.length) == lengths)
        #expect(staged.digests[.sha256] == Digest.sha256(bytes))
        #expect(staged.digests[.md5] == Digest.md5(bytes))
        let bucket = try await store.createBucket("bucket")
        _ = try await store.put(staged, as: try ObjectKey("k"), in: bucket, attributes: ObjectAttributes())
        #expect(try store.bytes("k", in: bucket) == bytes)
        #expect(store.staging.memory.used == 0)
        #expect(try RealIO().list(folder.path).allSatisfy { $0 != "spill" })
        await store.close()
    }

    @Test("sealed content is cut earlier when there is no memory, and its plain bytes lie in no file")
    func sealed() async throws {
        let folder = TemporaryDirectory()
        let store = try store(folder, memory: 0)
        let bucket = try await store.createBucket("bucket")
        let key = try Keyring.empty.newDataKey(
            .customer(try #require(SymmetricKey([UInt8](repeating: 3, count: 32)))))
        let bytes = content(2_000_000)
        let writer = store.stage(expectedLength: Int64(bytes.count), key: key)
        for start in stride(from: 0, to: bytes.count, by: 50_000) {
            try await writer.write(Array(bytes[start..<start + 50_000]))
        }
        let staged = try await writer.finish()
        let minimum = ChunkerParameters.standard.minimum
        #expect(staged.pieces.dropLast().allSatisfy { (minimum..<minimum + 50_000).contains($0.contentLength) })
        #expect(staged.digests[.sha256] == Digest.sha256(bytes))
        let version = try await store.put(
            staged, as: try ObjectKey("k"), in: bucket, attributes: ObjectAttributes())
        #expect(try store.read(version, range: 0..<version.size, key: key) == bytes)
        await store.close()
    }

    @Test("many uploads at once are stored whole in the memory of one")
    func many() async throws {
        let folder = TemporaryDirectory()
        let store = try store(folder, memory: 512 << 10)
        let bucket = try await store.createBucket("bucket")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await store.put(
                        content(700_000, seed: UInt64(number + 1)), as: "k\(number)", in: bucket, step: 50_000)
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<12 {
            #expect(try store.bytes("k\(number)", in: bucket) == content(700_000, seed: UInt64(number + 1)))
        }
        #expect(store.staging.memory.used == 0)
        await store.close()
    }

    @Test("an upload that is given up gives its memory back")
    func givenUp() async throws {
        let folder = TemporaryDirectory()
        let store = try store(folder, memory: 4 << 20)
        do {
            let writer = store.stage(expectedLength: 10_000_000)
            try await writer.write(content(300_000))
            try await writer.write(content(10_000))
            #expect(store.staging.memory.used > 0)
        }
        await store.close()
        #expect(store.staging.memory.used == 0)
    }

    @Test("an upload that waits for its client gives way to one that has bytes")
    func dawdler() async throws {
        let folder = TemporaryDirectory()
        let store = try store(folder, memory: 512 << 10)
        let bytes = content(400_000)
        let slow = store.stage(expectedLength: Int64(bytes.count))
        // Shorter than the shortest chunk: nothing of it can be written yet.
        try await slow.write(Array(bytes[..<60_000]))
        for _ in 0..<2000 where store.staging.memory.used != ChunkIntake.memoryStep {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(store.staging.memory.used == ChunkIntake.memoryStep)
        #expect(!store.staging.memory.reclaim())
        try await Task.sleep(for: UploadMemory.idleMaximum + UploadMemory.searchInterval)
        #expect(store.staging.memory.reclaim())
        #expect(store.staging.memory.used == 0)
        try await slow.write(Array(bytes[60_000...]))
        #expect(try await slow.finish().digests[.sha256] == Digest.sha256(bytes))
        await store.close()
    }
}
