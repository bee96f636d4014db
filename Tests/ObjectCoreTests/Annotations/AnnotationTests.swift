// Why this file exists: annotations live and go with their version, and keep what keeps it.
import Testing

@testable import ObjectCore

@Suite("Annotations") struct AnnotationTests {
    private static func stage(
        _ text: String, as name: String, in store: ObjectStore
    ) async throws -> StagedAnnotation {
        StagedAnnotation(name: name, content: try await store.stage(Array(text.utf8)))
    }

    private static func key() throws -> ObjectKey { try ObjectKey("k") }

    @Test("an annotation is written, read, replaced, listed and removed, and the object stays as it is")
    func life() async throws {
        try await withStore { store, bucket in
            let object = try await store.put([1, 2, 3], as: "k", in: bucket)
            for name in ["b", "a.2", "a.1"] {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("text of \(name)", as: name, in: store), in: bucket)
            }
            let replaced = try await store.annotate(
                Self.key(), with: try await Self.stage("another", as: "b", in: store), in: bucket)
            #expect(replaced.version.index == object.index)
            #expect(try store.read(replaced.annotation) == Array("another".utf8))
            #expect(try store.annotations(of: object).annotations.map(\.name) == ["a.1", "a.2", "b"])
            let page = try store.annotations(of: object, prefix: "a", limit: 1)
            #expect(page.annotations.map(\.name) == ["a.1"] && page.isTruncated)
            let rest = try store.annotations(of: object, prefix: "a", after: "a.1", limit: 1)
            #expect(rest.annotations.map(\.name) == ["a.2"] && !rest.isTruncated)
            _ = try await store.removeAnnotation("a.1", of: Self.key(), in: bucket)
            _ = try await store.removeAnnotation("a.1", of: Self.key(), in: bucket)
            #expect(try store.annotation("a.1", of: object) == nil)
            #expect(try store.object(Self.key(), in: bucket).etag == object.etag)
            _ = try await store.collectGarbage()
            #expect(try store.read(try #require(try store.annotation("b", of: object))) == Array("another".utf8))
        }
    }

    @Test("annotations go with their version, and their chunks with them")
    func destruction() async throws {
        try await withStore { store, bucket in
            let object = try await store.put([1], as: "k", in: bucket)
            let large = StagedAnnotation(name: "n", content: try await store.stage(content(900_000)))
            _ = try await store.annotate(Self.key(), with: large, in: bucket)
            #expect(try store.read(try #require(try store.annotation("n", of: object))) == content(900_000))
            try await store.put([2], as: "k", in: bucket)
            #expect(try store.annotation("n", of: object) == nil)
            #expect(try store.annotations(of: try store.object(Self.key(), in: bucket)).annotations.isEmpty)
            let before = try store.statistics().chunkBytes
            _ = try await store.collectGarbage()
            #expect(try store.statistics().chunkBytes <= before - 900_000)
        }
    }

    @Test(
        "a snapshot tells annotations as they were, and lets go of their texts with its name", arguments: [false, true])
    func snapshots(isVersioned: Bool) async throws {
        try await withStore { store, made in
            if isVersioned { try await store.setVersioning(.enabled, of: made) }
            let bucket = try store.bucket("bucket")
            func write(_ text: String, _ name: String) async throws {
                let staged = StagedAnnotation(
                    name: name, content: try await store.stage(content(50_000, seed: UInt64(text.count))))
                _ = try await store.annotate(Self.key(), with: staged, in: bucket)
            }
            func told(_ view: String) throws -> [String: Int] {
                let bucket = try store.bucket(view)
                let version = try store.object(Self.key(), in: bucket)
                var texts: [String: Int] = [:]
                for found in try store.annotations(of: version, asOf: bucket.asOf).annotations {
                    #expect(try store.annotation(found.name, of: version, asOf: bucket.asOf)?.etag == found.etag)
                    let text = try store.read(found)
                    texts[found.name] = (1...9).first { content(50_000, seed: UInt64($0)) == text }
                }
                return texts
            }
            try await store.put([1], as: "k", in: bucket)
            try await write("1", "changed")
            try await write("22", "removed")
            _ = try await store.createSnapshot("one", of: bucket)
            try await write("333", "changed")
            _ = try await store.removeAnnotation("removed", of: Self.key(), in: bucket)
            try await write("4444", "added")
            let now = store.journalPosition
            _ = try await store.createSnapshot("two", of: bucket)
            try await write("55555", "added")
            _ = try await store.collectGarbage()
            #expect(try told("bucket.one") == ["changed": 1, "removed": 2])
            #expect(try told("bucket.two") == ["changed": 3, "added": 4])
            #expect(try told("bucket") == ["changed": 3, "added": 5])
            if isVersioned {
                let view = try store.bucket(bucket, asOf: .index(now))
                let version = try store.object(Self.key(), in: view)
                let names = try store.annotations(of: version, asOf: view.asOf).annotations
                #expect(try names.map { try store.read($0) } == [4, 3].map { content(50_000, seed: $0) })
            }
            #expect(try store.check().problems == [])
            // The version goes from its bucket; the snapshots show it and what was beside it.
            let version = try store.object(Self.key(), in: bucket)
            _ = try await store.delete(
                DeleteRequest(key: Self.key(), version: isVersioned ? version.versionID : nil), in: bucket)
            _ = try await store.collectGarbage()
            #expect(try told("bucket.one") == ["changed": 1, "removed": 2])
            try await store.deleteSnapshot("bucket.one")
            _ = try await store.collectGarbage()
            #expect(try told("bucket.two") == ["changed": 3, "added": 4])
            if !isVersioned {
                // What only the deleted snapshot showed is gone: of seven texts and a byte, three are left, the last
                // of them as the row of the version that is held.
                #expect(try store.statistics().chunkBytes == 3 * 50_000 + 1)
            }
            #expect(try store.check().problems == [])
            try await store.deleteSnapshot("bucket.two")
            _ = try await store.collectGarbage()
            #expect(try store.statistics().chunkBytes == 0)
        }
    }

    @Test("an annotation that no snapshot and no time asks about leaves nothing")
    func unasked() async throws {
        try await withStore { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            _ = try await store.createSnapshot("before", of: bucket)
            for seed in 1...3 as ClosedRange<UInt64> {
                let staged = StagedAnnotation(name: "n", content: try await store.stage(content(50_000, seed: seed)))
                _ = try await store.annotate(Self.key(), with: staged, in: bucket)
            }
            _ = try await store.collectGarbage()
            #expect(try store.statistics().chunkBytes == 50_001)
        }
    }

    @Test("a lock keeps what is there, and lets more be added")
    func locks() async throws {
        try await withStore { store, _ in
            let bucket = try await store.createBucket("locked", hasObjectLock: true)
            try await store.put([1], as: "k", in: bucket)
            _ = try await store.annotate(Self.key(), with: try await Self.stage("x", as: "n", in: store), in: bucket)
            let until = Timestamp(milliseconds: store.clockReading.now.milliseconds + 3_600_000)
            _ = try await store.setRetention(Retention(mode: .governance, until: until), of: Self.key(), in: bucket)
            _ = try await store.annotate(Self.key(), with: try await Self.stage("y", as: "m", in: store), in: bucket)
            await #expect(throws: StoreError.self) {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("z", as: "n", in: store), in: bucket)
            }
            await #expect(throws: StoreError.self) {
                _ = try await store.removeAnnotation("n", of: Self.key(), in: bucket)
            }
            _ = try await store.removeAnnotation("n", of: Self.key(), in: bucket, bypassesGovernance: true)
        }
    }

    @Test("what cannot be is refused: no object, another ETag, no text, too many")
    func refusals() async throws {
        try await withStore { store, bucket in
            await #expect(throws: StoreError.noSuchKey) {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("x", as: "n", in: store), in: bucket)
            }
            try await store.put([1], as: "k", in: bucket)
            await #expect(throws: StoreError.preconditionFailed("x-amz-object-if-match")) {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("x", as: "n", in: store), ifMatch: "other", in: bucket)
            }
            await #expect(throws: StoreError.self) {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("", as: "n", in: store), in: bucket)
            }
            for number in 0..<Annotation.countMaximum {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("x", as: "n\(number)", in: store), in: bucket)
            }
            await #expect(throws: StoreError.tooManyAnnotations) {
                _ = try await store.annotate(
                    Self.key(), with: try await Self.stage("x", as: "one more", in: store), in: bucket)
            }
            _ = try await store.annotate(
                Self.key(), with: try await Self.stage("y", as: "n5", in: store), in: bucket)
        }
    }
}
