// Why this file exists: uploads in parts: what completion accepts, refuses and repeats, and that it moves no bytes.
import Testing

@testable import ObjectCore

@Suite("Multipart")
struct MultipartTests {
    private let key = try! ObjectKey("k")

    private func putPart(
        _ bytes: [UInt8], _ number: Int, _ upload: MultipartUpload, _ store: ObjectStore
    ) async throws -> UploadedPart {
        let algorithm = upload.checksumAlgorithm
        let writer = store.stage(digests: algorithm.map { [$0] } ?? [])
        try await writer.write(bytes)
        let staged = try await writer.finish()
        let checksums = algorithm.map { [Checksum($0, staged.digests[$0] ?? [])] } ?? []
        return try await store.putPart(staged, number: number, of: upload, checksums: checksums)
    }

    private func named(_ parts: [UploadedPart]) -> [CompletedPart] {
        parts.map { CompletedPart(number: $0.number, etag: $0.etag) }
    }

    @Test("parts become one object, numbers need not follow each other, and completing again gives the same")
    func complete() async throws {
        try await withStore { store, bucket in
            let bytes = content(12_000_000)
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            let first = try await putPart(Array(bytes[..<6_000_000]), 3, upload, store)
            let second = try await putPart(Array(bytes[6_000_000...]), 77, upload, store)
            let object = try await store.completeUpload(upload.id, of: key, in: bucket, parts: named([first, second]))
            #expect(object.etag.hasSuffix("-2"))
            #expect(object.parts.map(\.number) == [3, 77])
            #expect(try store.bytes("k", in: bucket) == bytes)
            let again = try await store.completeUpload(upload.id, of: key, in: bucket, parts: named([first, second]))
            #expect(again.index == object.index)
            #expect(try store.listUploads(ListingQuery(), in: bucket).items.isEmpty)
            await #expect(throws: StoreError.noSuchUpload) {
                try await store.abortUpload(upload.id, of: key, in: bucket)
            }
            #expect(try store.bytes("k", in: bucket) == bytes)
        }
    }

    @Test("an object of many parts is listed in a chunk of its own and read exactly")
    func manyParts() async throws {
        try await withStore { store, bucket in
            let bytes = content(5 << 20)
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            var parts: [UploadedPart] = []
            for number in 1...20 { parts.append(try await putPart(bytes, number, upload, store)) }
            let object = try await store.completeUpload(upload.id, of: key, in: bucket, parts: named(parts))
            #expect(object.size == 20 * 5 << 20)
            #expect(object.manifest.entries.count == 1)
            let across = Int64(5 << 20) * 7 - 100..<Int64(5 << 20) * 7 + 100
            #expect(try store.read(object, range: across) == Array(bytes.suffix(100) + bytes.prefix(100)))
            // Twenty equal parts are stored once.
            #expect(try store.statistics().chunkBytes < 6 << 20)
            _ = try await store.delete(DeleteRequest(key: key), in: bucket)
            _ = try await store.collectGarbage()
            #expect(try store.statistics().chunkBytes == 0)
        }
    }

    @Test("a completion is refused for a wrong ETag, a missing part, a wrong order, a small part, a wrong size")
    func refusals() async throws {
        try await withStore { store, bucket in
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            let small = try await putPart([1, 2, 3], 1, upload, store)
            let last = try await putPart([4], 2, upload, store)
            func complete(_ parts: [CompletedPart], size: Int64? = nil) async throws -> ObjectVersion {
                try await store.completeUpload(upload.id, of: key, in: bucket, parts: parts, expectedSize: size)
            }
            await #expect(throws: StoreError.partTooSmall(number: 1, size: 3)) {
                try await complete(named([small, last]))
            }
            await #expect(throws: StoreError.invalidPart(1)) {
                try await complete([CompletedPart(number: 1, etag: "0")])
            }
            await #expect(throws: StoreError.invalidPart(9)) {
                try await complete([CompletedPart(number: 9, etag: "0")])
            }
            await #expect(throws: StoreError.invalidPartOrder) { try await complete(named([last, small])) }
            await #expect(throws: StoreError.self) { try await complete(named([last]), size: 2) }
            await #expect(throws: StoreError.self) { try await complete([]) }
            let object = try await complete(named([last]), size: 1)
            #expect(object.size == 1)
            #expect(try store.bytes("k", in: bucket) == [4])
        }
    }

    @Test(
        "the checksum of the whole is composed of the parts', or combined into that of all bytes",
        arguments: [DigestAlgorithm.crc32, .crc32c, .crc64nvme])
    func checksums(algorithm: DigestAlgorithm) async throws {
        try await withStore { store, bucket in
            let bytes = content(6_000_000)
            for kind in [Checksum.Kind.composite, .fullObject] {
                let upload = try await store.createUpload(
                    key, in: bucket, attributes: ObjectAttributes(), checksumAlgorithm: algorithm, checksumKind: kind)
                let first = try await putPart(Array(bytes[..<5_500_000]), 1, upload, store)
                let second = try await putPart(Array(bytes[5_500_000...]), 2, upload, store)
                let object = try await store.completeUpload(
                    upload.id, of: key, in: bucket, parts: named([first, second]))
                let hasher = DigestHasher(algorithm)
                if kind == .fullObject {
                    hasher.update(bytes)
                } else {
                    hasher.update(first.checksums[0].value + second.checksums[0].value)
                }
                #expect(object.attributes.checksums == [Checksum(algorithm, hasher.finalize(), kind: kind)])
            }
        }
    }

    @Test("a part by reference moves no bytes, also for a range that cuts chunks")
    func copyPart() async throws {
        try await withStore { store, bucket in
            let bytes = content(9_000_000)
            let source = try await store.put(bytes, as: "source", in: bucket)
            let before = try store.statistics().chunkBytes
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            let first = try await store.copyPart(from: source, range: 1_000_001..<7_000_000, number: 1, of: upload)
            let second = try await store.copyPart(from: source, range: 5..<6, number: 2, of: upload)
            #expect(try store.statistics().chunkBytes == before)
            _ = try await store.delete(DeleteRequest(key: source.key), in: bucket)
            _ = try await store.collectGarbage()
            _ = try await store.completeUpload(upload.id, of: key, in: bucket, parts: named([first, second]))
            #expect(try store.bytes("k", in: bucket) == Array(bytes[1_000_001..<7_000_000]) + [bytes[5]])
        }
    }

    @Test("a part put twice counts once, and an abort gives everything back")
    func replaceAndAbort() async throws {
        try await withStore { store, bucket in
            let upload = try await store.createUpload(key, in: bucket, attributes: ObjectAttributes())
            _ = try await putPart(content(300_000, seed: 1), 1, upload, store)
            _ = try await putPart(content(300_000, seed: 2), 1, upload, store)
            #expect(try store.parts(of: upload).parts.count == 1)
            try await store.abortUpload(upload.id, of: key, in: bucket)
            _ = try await store.collectGarbage()
            #expect(try store.statistics().chunkBytes == 0)
            await #expect(throws: StoreError.noSuchUpload) {
                try await putPart([1], 2, upload, store)
            }
        }
    }

    @Test("open uploads survive a restart and are listed by prefix")
    func restart() async throws {
        let folder = TemporaryDirectory()
        var store = try ObjectStore.open(folder.path)
        let bucket = try await store.createBucket("b")
        let upload = try await store.createUpload(try ObjectKey("a/x"), in: bucket, attributes: ObjectAttributes())
        _ = try await store.createUpload(try ObjectKey("b/y"), in: bucket, attributes: ObjectAttributes())
        let part = try await putPart([1, 2], 1, upload, store)
        await store.close()
        store = try ObjectStore.open(folder.path)
        var query = ListingQuery()
        query.prefix = Array("a/".utf8)
        #expect(try store.listUploads(query, in: bucket).items.map(\.id) == [upload.id])
        let object = try await store.completeUpload(upload.id, of: upload.key, in: bucket, parts: named([part]))
        #expect(try store.read(object, range: 0..<2) == [1, 2])
        #expect(try store.check().problems == [])
        await store.close()
    }
}
