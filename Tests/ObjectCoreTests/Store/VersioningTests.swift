// Why this file exists: versions, markers, conditions and locks, as S3 defines them, judged inside the commit.
import Testing

@testable import ObjectCore

@Suite("Versioning and conditions")
struct VersioningTests {
    private func delete(_ key: String, _ version: VersionID? = nil) throws -> DeleteRequest {
        DeleteRequest(key: try ObjectKey(key), version: version)
    }

    @Test("an enabled bucket keeps every version, and a marker hides them")
    func enabled() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            let first = try await store.put([1], as: "k", in: bucket)
            let second = try await store.put([2], as: "k", in: bucket)
            #expect(first.versionID != second.versionID)
            #expect(try store.bytes("k", in: bucket) == [2])
            let outcome = try await store.delete(try delete("k"), in: bucket)
            let marker = try #require(outcome.createdMarker)
            #expect(throws: StoreError.isDeleteMarker(marker)) { try store.bytes("k", in: bucket) }
            let old = try store.version(first.versionID, of: try ObjectKey("k"), in: bucket)
            #expect(try store.read(old, range: 0..<1) == [1])
            let undone = try await store.delete(try delete("k", marker), in: bucket)
            #expect(undone.deletedMarker)
            #expect(try store.bytes("k", in: bucket) == [2])
            _ = try await store.delete(try delete("k", second.versionID), in: bucket)
            #expect(try store.bytes("k", in: bucket) == [1])
        }
    }

    @Test("a suspended bucket writes the null version in place and keeps the others")
    func suspended() async throws {
        try await withStore { store, bucket in
            let null = try await store.put([0], as: "k", in: bucket)
            #expect(null.versionID == .null)
            try await store.setVersioning(.enabled, of: bucket)
            let kept = try await store.put([1], as: "k", in: bucket)
            try await store.setVersioning(.suspended, of: bucket)
            _ = try await store.put([2], as: "k", in: bucket)
            #expect(try store.bytes("k", in: bucket) == [2])
            #expect(try store.listVersions(ListingQuery(), in: bucket).items.count == 2)
            let outcome = try await store.delete(try delete("k"), in: bucket)
            #expect(outcome.createdMarker == .null)
            let left = try store.listVersions(ListingQuery(), in: bucket).items
            #expect(left.map(\.isDeleteMarker) == [true, false])
            #expect(left[1].object.versionID == kept.versionID)
        }
    }

    @Test("version ids are read back as they were written, and nothing else is one")
    func versionIDs() {
        for index: Int64 in [1, 31, 32, 1 << 40, .max] {
            let id = VersionID.index(index)
            #expect(VersionID(id.description) == id)
            #expect(id.description.utf8.count == 13)
        }
        for text in ["", "Null", "0", "zzzzzzzzzzzzz", "vvvvvvvvvvvvv", "00000000000001"] {
            #expect(VersionID(text) == nil)
        }
    }

    @Test("If-None-Match: * lets exactly one of many writers win")
    func race() async throws {
        try await withStore { store, bucket in
            var conditions = WriteConditions()
            conditions.mustNotExist = true
            let asked = conditions
            let winners = await withTaskGroup(of: Bool.self) { group in
                for writer in 0..<32 {
                    group.addTask {
                        let version = try? await store.put(
                            [UInt8(writer)], as: "k", in: bucket, conditions: asked)
                        return version != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test("If-Match needs the object and its ETag")
    func ifMatch() async throws {
        try await withStore { store, bucket in
            var conditions = WriteConditions()
            conditions.etag = "x"
            let asked = conditions
            await #expect(throws: StoreError.noSuchKey) {
                try await store.put([1], as: "k", in: bucket, conditions: asked)
            }
            let version = try await store.put([1], as: "k", in: bucket)
            await #expect(throws: StoreError.preconditionFailed("If-Match")) {
                try await store.put([2], as: "k", in: bucket, conditions: asked)
            }
            conditions.etag = version.etag
            try await store.put([2], as: "k", in: bucket, conditions: conditions)
            #expect(try store.bytes("k", in: bucket) == [2])
        }
    }

    @Test("what is under retention or legal hold is not destroyed, and the attempt is journalled")
    func locks() async throws {
        try await withStore { store, bucket in
            try await store.setVersioning(.enabled, of: bucket)
            var attributes = ObjectAttributes()
            attributes.retention = Retention(mode: .governance, until: Timestamp(milliseconds: 4_000_000_000_000))
            let governed = try await store.put([1], as: "g", in: bucket, attributes: attributes)
            attributes.retention?.mode = .compliance
            let locked = try await store.put([1], as: "c", in: bucket, attributes: attributes)
            attributes.retention = Retention(mode: .compliance, until: Timestamp(milliseconds: 1))
            let expired = try await store.put([1], as: "e", in: bucket, attributes: attributes)
            attributes.isOnLegalHold = true
            let held = try await store.put([1], as: "h", in: bucket, attributes: attributes)

            for version in [governed, locked, held] {
                let request = DeleteRequest(key: version.key, version: version.versionID)
                await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
            }
            for version in [locked, held] {
                let request = DeleteRequest(key: version.key, version: version.versionID, bypassesGovernance: true)
                await #expect(throws: StoreError.self) { try await store.delete(request, in: bucket) }
            }
            for version in [governed, expired] {
                let request = DeleteRequest(key: version.key, version: version.versionID, bypassesGovernance: true)
                _ = try await store.delete(request, in: bucket)
            }
            let refusals = try store.journalEntries().filter {
                String(decoding: $0.bytes, as: UTF8.self).contains("\"kind\":\"refused\"")
            }
            #expect(refusals.count == 5)
        }
    }

    @Test("tags are replaced in place")
    func tags() async throws {
        try await withStore { store, bucket in
            let version = try await store.put([1], as: "k", in: bucket)
            _ = try await store.setTags([NameValue("a", "b")], of: version.key, version: nil, in: bucket)
            let changed = try store.object(version.key, in: bucket)
            #expect(changed.attributes.tags == [NameValue("a", "b")])
            #expect(changed.index == version.index)
            await #expect(throws: StoreError.noSuchKey) {
                try await store.setTags([], of: try ObjectKey("missing"), version: nil, in: bucket)
            }
        }
    }

    @Test("each change is one journal entry, positions without gaps, leaves as RFC 6962 hashes them")
    func journal() async throws {
        try await withStore { store, bucket in
            try await store.put([1], as: "k", in: bucket)
            try await store.put([2], as: "k", in: bucket)
            _ = try await store.delete(try delete("k"), in: bucket)
            let entries = try store.journalEntries()
            let kinds = entries.map { entry in
                let text = String(decoding: entry.bytes, as: UTF8.self)
                return text.split(separator: "\"kind\":\"")[1].split(separator: "\"")[0]
            }
            #expect(kinds == ["bucket.created", "object.put", "object.put", "version.deleted"])
            #expect(entries.map(\.position) == [1, 2, 3, 4])
            for entry in entries { #expect(entry.leaf == Digest.sha256([0] + entry.bytes)) }
        }
    }
}
