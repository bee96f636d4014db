// Why this file exists: what the store's tests share: a store in a folder of its own, content that can be told apart.
import Testing

@testable import ObjectCore

/// Makes a store in a fresh folder, runs `body`, checks the store, closes it.
func withStore(_ body: (ObjectStore, Bucket) async throws -> Void) async throws {
    let folder = TemporaryDirectory()
    let store = try ObjectStore.open(folder.path)
    let bucket = try await store.createBucket("bucket")
    try await body(store, bucket)
    #expect(try store.check().problems == [])
    await store.close()
}

/// `count` bytes that depend on `seed` and do not repeat.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    let words = [UInt64](unsafeUninitializedCapacity: (count + 7) / 8) { words, initialized in
        for index in words.indices {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            words.initializeElement(at: index, to: state)
        }
        initialized = words.count
    }
    return words.withUnsafeBytes { Array($0.prefix(count)) }
}

extension ObjectStore {
    /// Puts bytes in pieces of `step`.
    @discardableResult
    func put(
        _ bytes: [UInt8], as key: String, in bucket: Bucket, step: Int = 1 << 20, announced: Bool = true,
        attributes: ObjectAttributes = ObjectAttributes(), conditions: WriteConditions = WriteConditions()
    ) async throws -> ObjectVersion {
        let staged = try await stage(bytes, step: step, announced: announced)
        return try await put(
            staged, as: try ObjectKey(key), in: bucket, attributes: attributes, conditions: conditions)
    }

    func stage(_ bytes: [UInt8], step: Int = 1 << 20, announced: Bool = true) async throws -> StagedContent {
        let writer = stage(expectedLength: announced ? Int64(bytes.count) : nil)
        var start = 0
        while start < bytes.count {
            let end = min(start + step, bytes.count)
            try await writer.write(Array(bytes[start..<end]))
            start = end
        }
        return try await writer.finish()
    }

    /// All bytes of the current object.
    func bytes(_ key: String, in bucket: Bucket) throws -> [UInt8] {
        let version = try object(try ObjectKey(key), in: bucket)
        return try read(version, range: 0..<version.size)
    }
}
