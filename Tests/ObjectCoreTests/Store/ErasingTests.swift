// Why this file exists: what an erasure promises: the bytes leave the disk, the journal says so, and nothing that must
// stay goes.
import Foundation
import Testing

@testable import ObjectCore

@Suite struct ErasingTests {
    private func request(_ version: ObjectVersion, isDryRun: Bool = false) -> EraseRequest {
        EraseRequest(
            key: version.key, version: version.versionID, index: version.index, reason: "request 1",
            isDryRun: isDryRun)
    }

    /// Whether a file of the store, a segment or the database, has these bytes.
    private func isOnDisk(_ bytes: [UInt8], _ store: ObjectStore) throws -> Bool {
        try [store.path, store.path + "/segments"].contains { folder in
            try FileManager.default.contentsOfDirectory(atPath: folder).contains { holds(folder + "/" + $0, bytes) }
        }
    }

    private func lastKind(_ store: ObjectStore) throws -> String? {
        try store.journalEntries().last.flatMap { CanonicalJSON($0.bytes)?["kind"]?.text }
    }

    @Test(
        "bytes leave the disk with the next collection, also from a segment that is mostly alive",
        arguments: [false, true])
    func bytes(isVersioned: Bool) async throws {
        try await withStore { store, made in
            if isVersioned { try await store.setVersioning(.enabled, of: made) }
            let bucket = try store.bucket("bucket")
            var kept: [[UInt8]] = []
            for number in 0..<6 {
                kept.append(content(100_000, seed: UInt64(number) + 10))
                try await store.put(kept[number], as: "kept\(number)", in: bucket)
            }
            let secret = content(20_000, seed: 5)
            let version = try await store.put(secret, as: "secret", in: bucket)
            let mark = Array(secret[5_000..<5_064])
            #expect(try isOnDisk(mark, store))
            let outcome = try await store.erase(request(version), in: bucket)
            #expect(outcome == .erased(position: try #require(try store.journalEntries().last).position))
            #expect(try lastKind(store) == "version.erased")
            _ = try await store.collectGarbage()
            #expect(try !isOnDisk(mark, store))
            #expect(try store.erasedSegments() == [])
            for number in 0..<6 { #expect(try store.bytes("kept\(number)", in: bucket) == kept[number]) }
            #expect(throws: StoreError.self) { try store.object(version.key, in: bucket) }
            await #expect(throws: StoreError.noSuchVersion) { _ = try await store.erase(request(version), in: bucket) }
        }
    }

    @Test("a large object goes with all of its chunks; what another version shares of it stays")
    func large() async throws {
        try await withStore { store, bucket in
            let secret = content(12 << 20, seed: 7)
            let shared = Array(secret[..<(4 << 20)])
            let version = try await store.put(secret, as: "secret", in: bucket)
            try await store.put(shared, as: "shared", in: bucket)
            try await store.put(content(24 << 20, seed: 8), as: "kept", in: bucket)
            let mark = Array(secret[(11 << 20)..<((11 << 20) + 64)])
            #expect(try isOnDisk(mark, store))
            _ = try await store.erase(request(version), in: bucket)
            _ = try await store.collectGarbage()
            #expect(try !isOnDisk(mark, store))
            #expect(try store.bytes("shared", in: bucket) == shared)
        }
    }

    @Test("a dry run, a marker, a bad reason and another version of the name change nothing")
    func refusals() async throws {
        try await withStore { store, made in
            try await store.setVersioning(.enabled, of: made)
            let bucket = try store.bucket("bucket")
            let version = try await store.put([1, 2, 3], as: "k", in: bucket)
            let before = store.journalPosition
            #expect(try await store.erase(request(version, isDryRun: true), in: bucket) == .possible)
            var other = request(version)
            other.index += 1
            await #expect(throws: StoreError.noSuchVersion) { _ = try await store.erase(other, in: bucket) }
            for reason in ["", String(repeating: "x", count: 1025)] {
                var bad = request(version)
                bad.reason = reason
                await #expect(throws: StoreError.self) { _ = try await store.erase(bad, in: bucket) }
            }
            #expect(store.journalPosition == before)
            let marker = try await store.delete(DeleteRequest(key: version.key), in: bucket)
            let id = try #require(marker.createdMarker)
            let hidden = EraseRequest(key: version.key, version: id, index: before + 1, reason: "x")
            await #expect(throws: StoreError.self) { _ = try await store.erase(hidden, in: bucket) }
            #expect(try store.bytes(of: version) == [1, 2, 3])
        }
    }

    @Test(
        "a lock refuses it, and the journal says who tried",
        arguments: [Retention.Mode.governance, .compliance, nil])
    func locked(mode: Retention.Mode?) async throws {
        try await withStore { store, _ in
            let bucket = try await store.createBucket("locked", hasObjectLock: true)
            var attributes = ObjectAttributes()
            if let mode {
                attributes.retention = Retention(mode: mode, until: Timestamp(milliseconds: 4_000_000_000_000))
            } else {
                attributes.isOnLegalHold = true
            }
            let version = try await store.put([1], as: "k", in: bucket, attributes: attributes)
            let before = store.journalPosition
            for isDryRun in [true, false] {
                await #expect(throws: StoreError.self) {
                    _ = try await store.erase(request(version, isDryRun: isDryRun), in: bucket)
                }
                #expect(store.journalPosition == before + (isDryRun ? 0 : 1))
            }
            #expect(try lastKind(store) == "refused")
            #expect(try store.bytes("k", in: bucket) == [1])
        }
    }

    @Test("a snapshot that shows it refuses it, whether it exists or not; a later snapshot does not")
    func snapshots() async throws {
        try await withStore { store, bucket in
            let old = try await store.put([1], as: "k", in: bucket)
            _ = try await store.createSnapshot("one", of: bucket)
            #expect(try await store.erase(request(old), in: bucket) == .shown(by: ["one"]))
            let new = try await store.put([2], as: "k", in: bucket)
            #expect(try store.hasContent(of: old.key, index: old.index, in: bucket))
            #expect(try await store.erase(request(old), in: bucket) == .shown(by: ["one"]))
            guard case .erased = try await store.erase(request(new), in: bucket) else {
                Issue.record("the snapshot does not show it")
                return
            }
            #expect(try store.bytes("k", in: store.bucket("bucket.one")) == [1])
        }
    }
}

extension ObjectStore {
    fileprivate func bytes(of version: ObjectVersion) throws -> [UInt8] { try read(version, range: 0..<version.size) }
}
