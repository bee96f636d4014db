// Why this file exists: shows the whole store without a network, in the order in which one meets it: open, put a
// stream, read ranges, list, copy by reference, versions. Run it with a folder, or without for a temporary one.
import Foundation
import ObjectCore

@main
struct Embed {
    static func main() async throws {
        let folder = CommandLine.arguments.dropFirst().first
        let path = folder ?? FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)").path
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: path) } }

        // One process holds a store. Opening makes the folder when it is missing.
        let store = try ObjectStore.open(path)
        print("opened \(path)")
        let bucket = try await store.createBucket("models")

        // A stream of any length goes in piece by piece; memory stays constant. MD5 and SHA-256 come along.
        let writer = store.stage(digests: [.crc64nvme])
        for step in 0..<64 { try await writer.write(checkpoint(step: step)) }
        let content = try await writer.finish()
        var attributes = ObjectAttributes()
        attributes.headers[.contentType] = "application/octet-stream"
        attributes.userMetadata = [NameValue("epoch", "1")]
        attributes.tags = [NameValue("stage", "training")]
        // The bytes become an object here, durably, or not at all.
        let weights = try await store.put(
            content, as: ObjectKey("run-1/weights.bin"), in: bucket, attributes: attributes)
        print("put \(weights.key): \(weights.size) bytes, ETag \(weights.etag)")

        // A range comes as regions of open files (for sendfile) or as bytes.
        let range: Range<Int64> = 1_000_000..<1_000_016
        let regions = try store.regions(of: weights, range: range)
        print("range \(range) lies in \(regions.count) region(s): \(try store.read(weights, range: range))")

        // Copies are by reference: no byte moves, whatever the size.
        let before = try store.statistics().chunkBytes
        _ = try await store.copy(
            weights, as: ObjectKey("release/weights.bin"), in: bucket, attributes: weights.attributes)
        print("copied; the store grew by \(try store.statistics().chunkBytes - before) bytes")

        // Listings are pages in the order of bytes.
        var query = ListingQuery()
        query.delimiter = Array("/".utf8)
        let page = try store.list(query, in: bucket)
        print("folders: \(page.commonPrefixes.map { String(decoding: $0, as: UTF8.self) })")

        try await versions(of: ObjectKey("config.json"), in: store)

        let report = try store.check()
        print("check: \(report.isClean ? "all is well" : report.problems.joined(separator: "; "))")
        await store.close()
        guard report.isClean else { exit(1) }
    }

    /// Keeps old versions, and brings one back by copying it on top.
    static func versions(of key: ObjectKey, in store: ObjectStore) async throws {
        try await store.setVersioning(.enabled, of: try store.bucket("models"))
        let bucket = try store.bucket("models")
        let first = try await put("{\"lr\": 0.1}", as: key, in: bucket, of: store)
        _ = try await put("{\"lr\": 0.01}", as: key, in: bucket, of: store)
        let outcome = try await store.delete(DeleteRequest(key: key), in: bucket)
        print("deleted \(key); the marker is version \(outcome.createdMarker.map { "\($0)" } ?? "-")")
        let old = try store.version(first.versionID, of: key, in: bucket)
        let restored = try await store.copy(old, as: key, in: bucket, attributes: old.attributes)
        let text = String(decoding: try store.read(restored, range: 0..<restored.size), as: UTF8.self)
        print("restored version \(first.versionID) as \(restored.versionID): \(text)")
        var query = ListingQuery()
        query.prefix = key.bytes
        print("versions kept: \(try store.listVersions(query, in: bucket).items.count)")
    }

    static func put(
        _ text: String, as key: ObjectKey, in bucket: Bucket, of store: ObjectStore
    ) async throws -> ObjectVersion {
        let bytes = Array(text.utf8)
        let writer = store.stage(expectedLength: Int64(bytes.count))
        try await writer.write(bytes)
        return try await store.put(
            try await writer.finish(), as: key, in: bucket, attributes: ObjectAttributes())
    }

    /// 256 KiB that look like a tensor.
    static func checkpoint(step: Int) -> [UInt8] {
        var state = UInt64(step) &+ 1
        return (0..<(256 << 10)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
