// Why this file exists: seeded random programs of puts, copies, parts, deletes, collections and restarts, run by
// several tasks at once against the store and by an obvious model; at the end both hold the same bytes. Content is
// drawn from a small set, so that uploads keep meeting chunks which a collection is about to destroy.
import Testing

@testable import ObjectCore

@Suite("Store against a model")
struct StoreModelTests {
    private static let contents: [[UInt8]] = (0..<12).map { number in
        content([100, 20_000, 90_000, 300_000, 1_200_000][number % 5], seed: UInt64(number + 1))
    }

    /// One task's program over its own keys; answers what it expects to be there.
    private static func run(
        task: Int, steps: Int, seed: UInt64, store: ObjectStore, bucket: Bucket, before: [String: Int]
    ) async throws -> [String: Int] {
        var random = SeededGenerator(seed: seed &+ UInt64(task) &* 7919)
        var model = before
        for _ in 0..<steps {
            let key = "t\(task)/k\(Int.random(in: 0..<6, using: &random))"
            let number = Int.random(in: 0..<contents.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                try await store.put(contents[number], as: key, in: bucket, announced: number % 2 == 0)
                model[key] = number
            case 5..<7:
                _ = try await store.delete(DeleteRequest(key: try ObjectKey(key)), in: bucket)
                model[key] = nil
            case 7:
                guard let (from, known) = model.first else { continue }
                let source = try store.object(try ObjectKey(from), in: bucket)
                _ = try await store.copy(
                    source, as: try ObjectKey(key), in: bucket, attributes: ObjectAttributes())
                model[key] = known
            case 8:
                let upload = try await store.createUpload(
                    try ObjectKey(key), in: bucket, attributes: ObjectAttributes())
                let part = try await store.putPart(
                    try await store.stage(contents[number]), number: 1, of: upload, checksums: [])
                if number % 3 == 0 {
                    try await store.abortUpload(upload.id, of: upload.key, in: bucket)
                } else {
                    _ = try await store.completeUpload(
                        upload.id, of: upload.key, in: bucket, parts: [CompletedPart(number: 1, etag: part.etag)])
                    model[key] = number
                }
            default:
                // Staged and thrown away.
                _ = try await store.stage(contents[number])
            }
        }
        return model
    }

    @Test("concurrent programs and collections leave exactly what the model has", arguments: [1, 2, 3] as [UInt64])
    func programs(seed: UInt64) async throws {
        let folder = TemporaryDirectory()
        var models: [Int: [String: Int]] = [:]
        for round in 0..<3 {
            let store = try ObjectStore.open(folder.path)
            let bucket = round == 0 ? try await store.createBucket("b") : try store.bucket("b")
            let collector = Task {
                while !Task.isCancelled {
                    _ = try await store.collectGarbage()
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            let before = models
            models = try await withThrowingTaskGroup(of: (Int, [String: Int]).self) { group in
                for task in 0..<6 {
                    group.addTask {
                        let model = try await Self.run(
                            task: task, steps: 25, seed: seed &* 1000 &+ UInt64(round), store: store, bucket: bucket,
                            before: before[task] ?? [:])
                        return (task, model)
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            collector.cancel()
            try await collector.value
            let expected = models.values.reduce(into: [:]) { $0.merge($1) { $1 } }
            let listed = try store.list(ListingQuery(), in: bucket).items.map(\.key.description)
            #expect(Set(listed) == Set(expected.keys), "seed \(seed), round \(round)")
            for (key, number) in expected {
                #expect(try store.bytes(key, in: bucket) == Self.contents[number], "seed \(seed): \(key)")
            }
            #expect(try store.check().problems == [], "seed \(seed), round \(round)")
            #expect(try store.scrub().problems == [], "seed \(seed), round \(round)")
            await store.close()
        }
        let store = try ObjectStore.open(folder.path)
        let bucket = try store.bucket("b")
        for key in try store.list(ListingQuery(), in: bucket).items.map(\.key) {
            _ = try await store.delete(DeleteRequest(key: key), in: bucket)
        }
        _ = try await store.collectGarbage()
        #expect(try store.statistics().chunks == 0, "seed \(seed): nothing is left when everything is deleted")
        await store.close()
    }
}
